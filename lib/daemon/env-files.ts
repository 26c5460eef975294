/** The variables of a formation: out of the .env file of its directory, or of those that were named. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BroodError } from '../errors.ts';
import { chained, expanded } from '../formation/env-chain.ts';
import { parseEnvFile } from '../formation/env-file.ts';
import { shownVariable } from '../policy/secret-names.ts';
import { sourceFrame } from '../policy/source-frame.ts';
import { shownPath } from './config-place.ts';
import type { ConfigPlace } from './config-place.ts';
import type { FormationInput } from './formation-input.ts';

const ENV_FILE = '.env';
const MOST_BYTES = 1024 * 1024;

export interface EnvironmentFiles {
  readonly variables: Readonly<Record<string, string>>;
  readonly places: ReadonlyMap<string, ConfigPlace>;
  readonly files: readonly string[];
}

function textOf(file: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.length <= MOST_BYTES) return text;
  } catch (error) {
    if (Reflect.get(Object(error), 'code') === 'ENOENT')
      throw new BroodError('BROOD_NO_FILE', { file: shownPath(file), suggestion: 'Correct its path: --env-file FILE.' });
    throw new BroodError('BROOD_ENV_FILE', { file: shownPath(file), reason: error instanceof Error ? error.message : String(error) });
  }
  throw new BroodError('BROOD_CONFIG_LARGE', { file: shownPath(file), most: '1 MiB' });
}

/** @throws BROOD_NO_FILE, BROOD_ENV_FILE, BROOD_CONFIG_ENV_FILE, BROOD_CONFIG_LARGE */
export function readEnvFiles(directory: string, { envFiles, expandEnv = false }: FormationInput): EnvironmentFiles {
  const fallback = join(directory, ENV_FILE);
  const files = envFiles?.map(name => resolve(name)) ?? (existsSync(fallback) ? [fallback] : []);
  const places = new Map<string, ConfigPlace>();
  const read = files.map(file => {
    const text = textOf(file);
    const { variables, lines, faults } = parseEnvFile(text);
    const [fault] = faults;
    if (fault !== undefined) {
      const { reason, line, column } = fault;
      const details = { place: `${shownPath(file)}:${line}:${column}`, reason, file, line, column };
      throw new BroodError('BROOD_CONFIG_ENV_FILE', { ...details, frame: sourceFrame(text, { line, column }, 1, shownVariable).join('\n') });
    }
    for (const name of Object.keys(variables)) places.set(name, { file, line: lines.get(name) ?? 1 });
    return variables;
  });
  const all = chained(read);
  return { variables: expandEnv ? expanded(all, process.env) : all, places, files };
}

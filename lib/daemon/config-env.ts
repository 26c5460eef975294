/** The files that `envFile` names, as variables of `env`. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { BroodError } from '../errors.ts';
import { parseEnvFile } from '../formation/env-file.ts';
import type { SettledRun, Variables } from '../formation/config/settled.ts';
import type { Path } from '../formation/config/tree.ts';
import { isRecord } from '../policy/rules.ts';
import { shownSource } from '../policy/secret-names.ts';
import { sourceFrame } from '../policy/source-frame.ts';
import { shownPath } from './config-place.ts';
import type { ConfigPlace } from './config-place.ts';
import type { Source } from './config-source.ts';
import type { Config } from './config-types.ts';

const MOST_BYTES = 1024 * 1024;

export interface WithEnvironment {
  readonly config: Config;
  readonly files: readonly string[];
  readonly errors: readonly BroodError[];
  /** Where a variable stands that is not in the configuration file itself. */
  readonly place: (path: Path) => ConfigPlace | undefined;
}

class Reader {
  readonly files: string[] = [];
  readonly errors: BroodError[] = [];
  readonly #places = new Map<string, ConfigPlace>();
  readonly #source: Source;

  constructor(source: Source) {
    this.#source = source;
  }

  place = (path: Path): ConfigPlace | undefined => this.#places.get(path.join('\0'));

  /** `run`, which stands at `path`, with the variables of its files below those of its `env`. */
  async filled<Run extends SettledRun>(run: Run, path: Path): Promise<Run> {
    const { envFile = [], env = {} } = run;
    if (!Array.isArray(envFile) || envFile.length === 0) return run;
    const isList = Array.isArray(this.#source.at([...path, 'envFile']));
    const variables: Record<string, string | null> = {};
    for (const [index, name] of envFile.entries()) {
      for (const [variable, value] of Object.entries(await this.#read(String(name), [...path, 'envFile', ...(isList ? [index] : [])]))) {
        if (Object.hasOwn(env, variable)) continue;
        Object.defineProperty(variables, variable, { value: value.text, enumerable: true, writable: true, configurable: true });
        this.#places.set([...path, 'env', variable].join('\0'), value.place);
      }
    }
    return { ...run, env: { ...variables, ...env } satisfies Variables };
  }

  async #read(name: string, path: Path): Promise<Readonly<Record<string, { readonly text: string; readonly place: ConfigPlace }>>> {
    const file = resolve(dirname(this.#source.file), name);
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      const reason = `the envFile ${shownPath(file)} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
      this.errors.push(this.#source.error('BROOD_CONFIG_ENV_FILE', { reason }, this.#source.place(path, 'value')));
      return {};
    }
    this.files.push(file);
    if (text.length > MOST_BYTES) {
      this.errors.push(new BroodError('BROOD_CONFIG_LARGE', { file: shownPath(file), most: '1 MiB' }));
      return {};
    }
    const { variables, lines, faults } = parseEnvFile(text);
    for (const { reason, line, column } of faults) {
      const place = `${shownPath(file)}:${line}:${column}`;
      this.errors.push(
        new BroodError('BROOD_CONFIG_ENV_FILE', { place, reason, file, line, column, frame: sourceFrame(text, { line, column }, 1, shownSource).join('\n') }),
      );
    }
    return Object.fromEntries(
      Object.entries(variables).map(([variable, value]) => [variable, { text: value, place: { file, line: lines.get(variable) ?? 1 } }]),
    );
  }
}

/** Reads them for the top, the agent and each process type. */
export async function withEnvFiles(config: Config, source: Source): Promise<WithEnvironment> {
  const reader = new Reader(source);
  let filled = await reader.filled(config, []);
  const { agent, processes } = filled;
  if (isRecord(agent)) filled = { ...filled, agent: await reader.filled(agent, ['agent']) };
  if (isRecord(processes)) {
    const types: [string, NonNullable<Config['processes']>[string]][] = [];
    for (const [type, process] of Object.entries(processes))
      types.push([type, isRecord(process) ? await reader.filled(process, ['processes', type]) : process]);
    filled = { ...filled, processes: Object.fromEntries(types) };
  }
  return { config: filled, files: reader.files, errors: reader.errors, place: reader.place };
}

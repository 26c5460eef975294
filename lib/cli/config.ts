/** `brood config`: the configuration in effect, and where each value of it comes from. */
import { relative } from 'node:path';
import { readConfig } from '../daemon/config-file.ts';
import { findConfig } from '../daemon/config-find.ts';
import type { LoadedConfig } from '../daemon/config-file.ts';
import { below, effectiveConfig, knownKeys, schemaText } from '../daemon/effective.ts';
import type { EffectiveValue } from '../daemon/effective.ts';
import { contextOf } from '../daemon/read-plan.ts';
import { nearest } from '../policy/nearest.ts';
import { baseDirOf } from './client.ts';
import type { Given } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { hasColour, painter } from './render/colours.ts';
import { table } from './render/table.ts';
import type { Column } from './render/table.ts';
import { UsageError } from './tell.ts';

function valueText(one: EffectiveValue): string {
  if (one.source === 'default') return one.fallback;
  if (one.value === undefined) return '(set)';
  return typeof one.value === 'string' ? one.value : JSON.stringify(one.value);
}

function sourceText(one: EffectiveValue): string {
  if (one.source === 'environment') return one.variable;
  if (one.source === 'default') return 'default';
  const path = relative(process.cwd(), one.file);
  const file = path.startsWith('..') ? one.file : path;
  return one.line === undefined ? file : `${file}:${one.line}`;
}

const COLUMNS: readonly Column<EffectiveValue>[] = [
  { title: 'KEY', importance: 100, cell: ({ key }) => key },
  { title: 'VALUE', importance: 90, least: 12, cell: one => ({ text: valueText(one), style: one.source === 'default' ? 'dim' : undefined }) },
  { title: 'FROM', importance: 80, least: 10, cell: one => ({ text: sourceText(one), style: one.source === 'default' ? 'dim' : undefined }) },
];

/** Where a pipe takes all of it, nothing is cut. */
const WIDE = 10_000;

function chosen(values: readonly EffectiveValue[], key: string | undefined): readonly EffectiveValue[] {
  // What is not said of process types would be most of the lines.
  if (key === undefined) return values.filter(one => one.source !== 'default' || !one.key.startsWith('processes.'));
  const found = below(values, key);
  const known = [...new Set([...values.map(one => one.key), ...knownKeys()])];
  if (found.length > 0 || known.includes(key)) return found;
  const meant = nearest(key, known);
  throw new UsageError(`there is no key "${key}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`);
}

async function loadedFrom(given: Given): Promise<LoadedConfig | undefined> {
  const { env } = given;
  const file = findConfig(baseDirOf(given));
  return file === undefined ? undefined : readConfig(file, contextOf({ options: typeof env === 'string' ? { env } : {}, command: 'config' }));
}

/** Resolves with the exit code. */
export async function config(words: readonly string[], given: Given): Promise<number> {
  if (given['schema'] === true) {
    process.stdout.write(schemaText());
    return EXIT.ok;
  }
  if (words.length > 1) throw new UsageError(`one key at a time, got ${words.length}`);
  const loaded = await loadedFrom(given);
  const values = chosen(effectiveConfig(loaded), words[0]);
  if (given['json'] === true) {
    process.stdout.write(
      `${JSON.stringify({ apiVersion: 1, kind: 'Configuration', ...(loaded === undefined ? {} : { file: loaded.path }), items: values })}\n`,
    );
    return EXIT.ok;
  }
  const width = process.stdout.isTTY ? process.stdout.columns : WIDE;
  const paint = painter(hasColour(process.stdout));
  process.stdout.write(`${table(COLUMNS, values, { width, paint }).join('\n')}\n`);
  return EXIT.ok;
}

/** `brood config`: the configuration in effect, and where each value of it comes from. */
import { relative } from 'node:path';
import { readConfig } from '../daemon/config-file.ts';
import { ControlClient } from '../daemon/control-client.ts';
import { findConfig } from '../daemon/config-find.ts';
import { below, effectiveConfig, knownKeys, schemaText } from '../daemon/effective.ts';
import type { EffectiveValue } from '../daemon/effective.ts';
import { findFormation } from '../daemon/formation-find.ts';
import { contextOf, readPlan } from '../daemon/read-plan.ts';
import { nearest } from '../policy/nearest.ts';
import { baseDirOf } from './client.ts';
import type { Given } from './command.ts';
import { formationGiven } from './formation-flags.ts';
import { EXIT } from './exit-codes.ts';
import { hasColour, painter } from './render/colours.ts';
import { table } from './render/table.ts';
import type { Column } from './render/table.ts';
import { say, UsageError } from './tell.ts';

function valueText(one: EffectiveValue): string {
  if (one.source === 'default') return one.fallback;
  if (one.value === undefined) return '(set)';
  return typeof one.value === 'string' ? one.value : JSON.stringify(one.value);
}

function sourceText(one: EffectiveValue): string {
  if (one.source === 'environment') return one.variable;
  if (one.source === 'flag') return one.flag;
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

function chosen({ values, isWhole }: Shown, key: string | undefined): readonly EffectiveValue[] {
  if (key === undefined && isWhole) return values;
  // What is not said of process types would be most of the lines.
  if (key === undefined) return values.filter(one => one.source !== 'default' || !one.key.startsWith('processes.'));
  const found = below(values, key);
  const known = [...new Set([...values.map(one => one.key), ...knownKeys()])];
  if (found.length > 0 || known.includes(key)) return found;
  const meant = nearest(key, known);
  throw new UsageError(`there is no key "${key}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`);
}

interface Shown {
  /** The file that says it. */
  readonly file?: string;
  readonly values: readonly EffectiveValue[];
  /** Nothing of it is left to the table. */
  readonly isWhole: boolean;
}

/** --env goes before what files and variables say; the environment of a description is one of two. */
const byFlag = (values: readonly EffectiveValue[], env: string | undefined): readonly EffectiveValue[] =>
  env === undefined
    ? values
    : values.map(one => {
        const { key } = one;
        if (key !== 'serverEnv' && key !== 'environment') return one;
        return { key, value: key === 'serverEnv' ? env : one.value, source: 'flag', flag: '--env' };
      });

/** What the configuration file says; where there is none, what is in force of the Procfile or the like. */
async function shownOf(given: Given): Promise<Shown> {
  const directory = baseDirOf(given);
  const env = typeof given['env'] === 'string' ? given['env'] : undefined;
  const options = { baseDir: directory, ...(env === undefined ? {} : { env }) };
  const path = findConfig(directory);
  if (path !== undefined) {
    const loaded = await readConfig(path, contextOf({ options, command: 'config' }));
    return { file: loaded.path, values: byFlag(effectiveConfig(loaded), env), isWhole: false };
  }
  const found = findFormation(directory);
  if (found === undefined) return { values: byFlag(effectiveConfig(undefined), env), isWhole: false };
  const { formation: said, rest } = formationGiven(given, { attended: false, isOfProcfile: found.kind === 'procfile' });
  const isNamed = typeof rest['env'] === 'string';
  const plan = await readPlan({ options: isNamed ? options : { baseDir: directory }, command: 'config', formation: { envFiles: said.envFiles } });
  const { formation } = plan;
  const { formationConfig } = await import('../daemon/effective-formation.ts');
  return formation === undefined
    ? { values: effectiveConfig(undefined), isWhole: false }
    : { file: formation.loaded.path, values: byFlag(formationConfig(plan, formation, found.kind), isNamed ? env : undefined), isWhole: found.kind !== 'pm2' };
}

/** Flags of `brood start`, and what was decided since, are with the master alone. */
const OF_A_START = 'this is what a start without flags would take; the master that runs here may have been started with some (brood ps shows what runs)';

/** Resolves with the exit code. */
export async function config(words: readonly string[], given: Given): Promise<number> {
  if (given['schema'] === true) {
    process.stdout.write(schemaText());
    return EXIT.ok;
  }
  if (words.length > 1) throw new UsageError(`one key at a time, got ${words.length}`);
  const shown = await shownOf(given);
  const values = chosen(shown, words[0]);
  if ((await ControlClient.find(baseDirOf(given))) !== undefined) say(OF_A_START);
  if (given['json'] === true) {
    process.stdout.write(
      `${JSON.stringify({ apiVersion: 1, kind: 'Configuration', ...(shown.file === undefined ? {} : { file: shown.file }), items: values })}\n`,
    );
    return EXIT.ok;
  }
  const width = process.stdout.isTTY ? process.stdout.columns : WIDE;
  const paint = painter(hasColour(process.stdout));
  process.stdout.write(`${table(COLUMNS, values, { width, paint }).join('\n')}\n`);
  return EXIT.ok;
}

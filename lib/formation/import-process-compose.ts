/** process-compose.yaml → a brood.config.yaml: its processes as process types, with a word for each key that has no equal. */
import { basename } from 'node:path';
import { BroodError } from '../errors.ts';
import { isRecord } from '../policy/rules.ts';
import { Foreign } from './foreign.ts';
import { orderOf } from './import-order.ts';
import type { Wait } from './import-order.ts';
import { freeTypes, nameOf, ownType, textOf, topNotes } from './imported.ts';
import type { Fields, Imported, Origin } from './imported.ts';
import { PROCESS_COMPOSE, PROCESS_COMPOSE_TOP } from './process-compose-keys.ts';
import { commandOf, directoryOf, endOf, environmentOf, instancesOf, probesOf, restartOf, variablesOf } from './process-compose-process.ts';

const ENDED = 'after: it is waited for until that one runs, not until it has ended';

const CONDITIONS: Readonly<Record<string, readonly ['mapped' | 'changed', string]>> = {
  process_started: ['mapped', 'after'],
  process_healthy: ['mapped', 'after: that one is ready by its readiness probe'],
  process_log_ready: ['changed', 'after: it is waited for until that one runs, not for a line of it'],
  process_completed: ['changed', ENDED],
  process_completed_successfully: ['changed', ENDED],
};

function waitsOf(process: Foreign): readonly Wait[] {
  const given = process.get('depends_on');
  return (isRecord(given) ? Object.entries(given) : []).map(([name, one]) => {
    const condition = isRecord(one) ? one['condition'] : undefined;
    const known = typeof condition === 'string' && Object.hasOwn(CONDITIONS, condition) ? CONDITIONS[condition] : undefined;
    const [outcome, note] = known ?? ['changed', 'after'];
    return { name, outcome, note };
  });
}

const fieldsOf = (process: Foreign, command: string, after: readonly string[]): Fields => ({
  command,
  ...instancesOf(process),
  ...directoryOf(process),
  ...environmentOf(process),
  ...endOf(process),
  ...(after.length === 0 ? {} : { after }),
  ...probesOf(process),
  ...restartOf(process),
});

/**
 * The configuration file that says what a process-compose.yaml says.
 *
 * @throws BROOD_IMPORT_EMPTY
 */
export function importProcessCompose(given: unknown, { file }: Origin): Imported {
  const top = isRecord(given) ? given : {};
  const listed = isRecord(top['processes']) ? top['processes'] : {};
  const all = Object.entries(listed).flatMap(([name, one]) => (isRecord(one) ? [new Foreign(name, one, PROCESS_COMPOSE)] : []));
  if (all.length === 0) throw new BroodError('BROOD_IMPORT_EMPTY', { file, expected: 'A file of process-compose has { processes: { … } }.' });
  const runnable = all.flatMap(process => {
    const command = commandOf(process);
    return command === undefined ? [] : [{ process, command }];
  });
  const taken = new Set(runnable.map(({ process }) => process.name));
  const types = freeTypes([...taken]);
  const order = orderOf(
    runnable.map(({ process }) => process),
    waitsOf,
    'it is none of these processes',
  );
  const processes = runnable.map(({ process, command }): readonly [string, Fields] => {
    const after = (order.get(process.name) ?? []).flatMap(name => types.get(name) ?? []);
    return [types.get(process.name) ?? process.name, fieldsOf(process, command, after)];
  });
  for (const process of all) {
    if (!taken.has(process.name)) process.add('command', 'unsupported', 'this process is left out: it has no command');
    process.tellRest();
  }
  const everywhere = new Foreign('', {}, PROCESS_COMPOSE);
  const env = variablesOf(everywhere, top['environment']);
  return {
    text: textOf(
      { ...nameOf(top), ...ownType(types), env, processes: Object.fromEntries(processes) },
      { from: `From ${basename(file)}, by brood import process-compose.` },
    ),
    notes: [...all.flatMap(({ notes }) => notes), ...everywhere.notes, ...topNotes(top, ['processes', 'name', 'environment'], PROCESS_COMPOSE_TOP)],
    types: processes.map(([type]) => type),
  };
}

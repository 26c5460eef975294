/** process-compose.yaml → a brood.config.yaml: its processes as process types, with a word for each key that has no equal. */
import { basename } from 'node:path';
import { BroodError } from '../errors.ts';
import { isRecord } from '../policy/rules.ts';
import { Foreign } from './foreign.ts';
import { freeTypes, nameOf, ownType, textOf, topNotes } from './imported.ts';
import type { Fields, Imported, Origin } from './imported.ts';
import { orderOf } from './import-order.ts';
import type { Conditions, Grammar } from './import-order.ts';
import { PROCESS_COMPOSE, PROCESS_COMPOSE_TOP } from './process-compose-keys.ts';
import { commandOf, directoryOf, endOf, environmentOf, inputOf, instancesOf, isLookedAt, probesOf, restartOf, variablesOf } from './process-compose-process.ts';

const CONDITIONS: Conditions = {
  process_started: ['started', 'mapped', 'after'],
  process_healthy: ['ready', 'mapped', 'after: that one is ready by its readiness probe'],
  process_log_ready: ['ready', 'mapped', 'after: that one is ready by a line of its output'],
  process_completed: ['completed', 'changed', 'after: completed: that one has to end with exit code 0; with any other the start fails'],
  process_completed_successfully: ['completed', 'mapped', 'after: completed'],
};

function dependenciesOf(process: Foreign): readonly (readonly [string, string])[] {
  const given = process.get('depends_on');
  return (isRecord(given) ? Object.entries(given) : []).map(([name, one]) => {
    const word = isRecord(one) ? one['condition'] : undefined;
    return [name, typeof word === 'string' ? word : ''];
  });
}

const GRAMMAR: Grammar = { conditions: CONDITIONS, dependenciesOf, isChecked: isLookedAt, absent: 'it is none of these processes' };

function fieldsOf(process: Foreign, command: string, { after, isAwaited }: { readonly after: Fields; readonly isAwaited: boolean }): Fields {
  const environment = environmentOf(process);
  const { port } = environment;
  return {
    command,
    ...instancesOf(process),
    ...directoryOf(process),
    ...environment,
    ...inputOf(process),
    ...endOf(process),
    ...after,
    ...probesOf(process, typeof port === 'number' ? port : undefined),
    ...restartOf(process, isAwaited),
  };
}

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
    GRAMMAR,
  );
  const processes = runnable.map(({ process, command }): readonly [string, Fields] => {
    const place = { after: order.after(process.name, types), isAwaited: order.isAwaited(process.name) };
    return [types.get(process.name) ?? process.name, fieldsOf(process, command, place)];
  });
  for (const process of all) {
    if (!taken.has(process.name)) process.leaveOut('this process is left out: it has no command');
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

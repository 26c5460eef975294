/** process-compose.yaml → a brood.config.yaml: its processes as process types, with a word for each key that has no equal. */
import { basename } from 'node:path';
import { BroodError } from '../errors.ts';
import { isRecord } from '../policy/rules.ts';
import { Foreign, named, withoutCircles } from './foreign.ts';
import type { Edge } from './foreign.ts';
import { freeTypes, nameOf, ownType, textOf, topNotes } from './imported.ts';
import type { Fields, Imported, Origin } from './imported.ts';
import { afterOf, awaitedIn, conditionIn } from './import-order.ts';
import type { Conditions } from './import-order.ts';
import { PROCESS_COMPOSE, PROCESS_COMPOSE_TOP } from './process-compose-keys.ts';
import { commandOf, directoryOf, endOf, environmentOf, instancesOf, isLookedAt, probesOf, restartOf, variablesOf } from './process-compose-process.ts';

const CONDITIONS: Conditions = {
  process_started: ['started', 'mapped', 'after'],
  process_healthy: ['ready', 'mapped', 'after: that one is ready by its readiness probe'],
  process_log_ready: ['ready', 'mapped', 'after: that one is ready by a line of its output'],
  process_completed: ['completed', 'changed', 'after: completed: that one has to end with exit code 0; with any other the start fails'],
  process_completed_successfully: ['completed', 'mapped', 'after: completed'],
};

/** The processes that one waits for, with a word about each. */
function edgesOf(process: Foreign, taken: ReadonlyMap<string, Foreign>): readonly Edge[] {
  const given = process.get('depends_on');
  const edges = (isRecord(given) ? Object.entries(given) : []).flatMap(([name, one]) => {
    const word = isRecord(one) ? one['condition'] : undefined;
    const [known, outcome, note] = conditionIn(CONDITIONS, typeof word === 'string' ? word : '');
    const first = taken.get(name);
    const isHere = first !== undefined;
    process.add(`depends_on.${named(name)}`, isHere ? outcome : 'unsupported', isHere ? note : 'it is none of these processes');
    // What nobody looks at is ready when it has started.
    const condition = known === 'started' && first !== undefined && !isLookedAt(first) ? 'ready' : known;
    return isHere ? [{ from: process.name, to: name, condition }] : [];
  });
  process.tell('depends_on', 'mapped', 'after');
  return edges;
}

const fieldsOf = (process: Foreign, command: string, order: { readonly after: Fields; readonly isAwaited: boolean }): Fields => ({
  command,
  ...instancesOf(process),
  ...directoryOf(process),
  ...environmentOf(process),
  ...endOf(process),
  ...order.after,
  ...probesOf(process),
  ...restartOf(process, order.isAwaited),
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
  const taken = new Map(runnable.map(({ process }) => [process.name, process]));
  const types = freeTypes([...taken.keys()]);
  const { kept, cut } = withoutCircles(runnable.flatMap(({ process }) => edgesOf(process, taken)));
  for (const { from, to } of cut) all.find(({ name }) => name === from)?.add(`depends_on.${named(to)}`, 'unsupported', 'they wait for each other');
  const awaited = awaitedIn(kept);
  const processes = runnable.map(({ process, command }): readonly [string, Fields] => {
    const order = { after: afterOf(process.name, kept, types), isAwaited: awaited.has(process.name) };
    return [types.get(process.name) ?? process.name, fieldsOf(process, command, order)];
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

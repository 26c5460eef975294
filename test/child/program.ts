/** Starts a program of fixtures/programs as a child of any kind, and writes down what is reported. */
import { starterInto } from '../../lib/child/start.ts';
import type { Child, ChildEvent } from '../../lib/child/child.ts';
import type { ProcessSpec, Start } from '../../lib/model.ts';
import path from 'node:path';
import { built, fixture } from '../helpers/paths.ts';
import { until } from '../helpers/until.ts';
import { specOf } from '../supervisor/watched.ts';

export type Kind = Start['kind'];
export type Exit = Extract<ChildEvent, { type: 'exit' }>;

export const program = (name: string): string => fixture('programs', `${name}.js`);

export function startOf(kind: Kind, name: string, execArgv: readonly string[] = []): Start {
  if (kind === 'command') return { kind, line: `exec '${process.execPath}' '${program(name)}'` };
  if (kind === 'thread') return { kind, module: program('in-a-thread'), execArgv, host: path.join(built, 'entries', 'threads.cjs') };
  return { kind, module: program(name), execArgv };
}

/** The spec of a program; a command is ready as soon as it runs. */
export const programSpec = (kind: Kind, name: string, over: Partial<ProcessSpec> = {}): ProcessSpec =>
  specOf(kind, {
    start: startOf(kind, name),
    env: kind === 'thread' ? { THREAD_PROGRAM: name } : {},
    cwd: process.cwd(),
    ready: kind === 'command' ? 'spawn' : 'message',
    ...over,
  });

export interface Ran {
  readonly id: number;
  readonly child: Child;
  readonly events: readonly ChildEvent[];
  /** The first event of this type, as soon as it comes. */
  first<Type extends ChildEvent['type']>(type: Type, within?: number): Promise<Extract<ChildEvent, { type: Type }>>;
  /** Every event of this type so far. */
  all<Type extends ChildEvent['type']>(type: Type): readonly Extract<ChildEvent, { type: Type }>[];
}

const startChild = starterInto();
let lastId = 1000;

export function run(spec: ProcessSpec, { slot = 1, park = false }: { readonly slot?: number; readonly park?: boolean } = {}): Ran {
  const events: ChildEvent[] = [];
  const hear = (event: ChildEvent): void => {
    // An end is whole when its rest has come.
    if (event.type === 'exit' && event.rest !== undefined) void event.rest.then(rest => events.push({ ...event, ...rest }));
    else events.push(event);
  };
  const child = startChild({ spec, id: ++lastId, slot, generation: 1, park }, hear);
  const all = <Type extends ChildEvent['type']>(type: Type): readonly Extract<ChildEvent, { type: Type }>[] =>
    // Proven by the filter.
    events.filter(event => event.type === type) as Extract<ChildEvent, { type: Type }>[];
  return { id: lastId, child, events, all, first: (type, within = 10_000) => until(() => all(type)[0], { what: `the event ${type}`, within }) };
}

/** A real supervisor in a fake world, with everything that happens written down. */
import type { Desired, DesiredRow, Instance, ProcessSpec, State } from '../../lib/model.ts';
import { Supervisor } from '../../lib/supervisor/supervisor.ts';
import { FakeWorld } from './fake-world.ts';
import type { Behaviour } from './fake-world.ts';

export type { Behaviour } from './fake-world.ts';

export const specOf = (type: string, over: Partial<ProcessSpec> = {}): ProcessSpec => ({
  type,
  start: { kind: 'fork', module: '/nowhere.js', execArgv: [] },
  env: {},
  cwd: '/',
  startTimeout: 5000,
  ready: 'message',
  restart: { when: 'always', intensity: 3, period: 60_000, backoff: 100, maxBackoff: 30_000 },
  stop: { drainTimeout: 2000, killTimeout: 500 },
  after: [],
  surge: 1,
  spare: 0,
  booting: 4,
  ...over,
});

export const rowOf = (spec: ProcessSpec, quantity: number, generation = 1, canary?: number | DesiredRow['canary']): DesiredRow => ({
  spec,
  quantity,
  generation,
  ...(canary === undefined ? {} : { canary: typeof canary === 'number' ? { time: canary } : canary }),
});

/** The same rows, of instances that may grow as old and as big as they like. */
export const withoutRenewal = (rows: Desired): Desired =>
  rows.map(row => Object.assign({}, row, { spec: Object.fromEntries(Object.entries(row.spec).filter(([key]) => key !== 'renew')) }));

const nameOf = ({ type, slot, generation, id }: Instance): string => `${type}.${slot}#${generation}:${id}`;

export interface Watched {
  readonly world: FakeWorld;
  readonly supervisor: Supervisor;
  /** One line for each change, order, death, suspicion and so on: `time type.slot#generation:id what`. */
  readonly log: string[];
  /** Starts so far of a type, or of one generation of it. */
  starts(type: string, generation?: number): number;
  /** Instances in this state, of a type or of one generation of it. */
  count(state: State, type: string, generation?: number): number;
}

export interface WatchOptions {
  readonly random?: () => number;
  readonly hangTimeout?: number;
}

/** `behave` is asked once for each start. */
export function watch(behave: (type: string, generation: number, id: number) => Behaviour, { random, hangTimeout = 0 }: WatchOptions = {}): Watched {
  const world = new FakeWorld(({ spec, generation, id }) => behave(spec.type, generation, id), random);
  const supervisor = new Supervisor(world, { hangTimeout });
  const log: string[] = [];
  const write = (instance: Instance, what: string): void => void log.push(`${world.now()} ${nameOf(instance)} ${what}`);
  world.onTold = (id, what) => log.push(`${world.now()} :${id} ${what}`);
  supervisor.on('change', instance => write(instance, instance.state));
  supervisor.on('death', death => log.push(`${world.now()} ${death.type}.${death.slot}#${death.generation}:${death.id} died: ${death.reason}`));
  supervisor.on('suspect', instance => write(instance, 'is suspect'));
  supervisor.on('violation', (instance, what) => write(instance, `violation: ${what}`));
  supervisor.on('canary', (instance, until) => write(instance, `is the canary until ${until}`));
  supervisor.on('proven', (type, generation) => log.push(`${world.now()} ${type}#${generation} proven`));
  supervisor.on('crash-loop', loop => log.push(`${world.now()} ${loop.type}#${loop.generation} in a crash loop (${loop.cause}): ${loop.death.reason}`));
  supervisor.on('crash-loop-over', ({ type, generation }, recovered) =>
    log.push(`${world.now()} ${type}#${generation} ${recovered ? 'out of its loop' : 'not wanted in its loop'}`),
  );
  supervisor.on('readiness', (instance, ok, detail) => write(instance, `${ok ? 'can serve again' : 'cannot serve'}: ${detail}`));
  supervisor.on('renewing', (old, successor, why) => log.push(`${world.now()} ${nameOf(old)} to be replaced by :${successor.id} (${why})`));
  supervisor.on('renewal-failed', (old, death) => log.push(`${world.now()} ${nameOf(old)} not replaced: ${death.reason}`));
  supervisor.on('over-memory', (instance, limit) => write(instance, `takes more than ${limit}`));
  supervisor.on('exit-wanted', ({ type }) => log.push(`${world.now()} ${type} wants the end`));
  supervisor.on('failed', failure => log.push(`${world.now()} ${failure.type}#${failure.generation} given up after ${failure.crashes}`));
  const isOf = (type: string, generation?: number) => (one: { readonly type: string; readonly generation: number }) =>
    one.type === type && (generation === undefined || one.generation === generation);
  return {
    world,
    supervisor,
    log,
    starts: (type, generation) =>
      [...world.children.values()].filter(({ order }) => isOf(type, generation)({ type: order.spec.type, generation: order.generation })).length,
    count: (state, type, generation) => supervisor.instances().filter(instance => instance.state === state && isOf(type, generation)(instance)).length,
  };
}

/** What is wrong with the present state; empty when nothing is. */
export function faultsOf({ world, supervisor }: Watched): readonly string[] {
  const instances = supervisor.instances();
  const known = new Set(instances.map(({ id }) => id));
  const faults = [
    ...[...world.running].filter(id => !known.has(id)).map(id => `child ${id} is an orphan`),
    ...[...known].filter(id => !world.running.has(id)).map(id => `child ${id} has ended and is listed`),
  ];
  for (const { spec, quantity, generation, canary } of supervisor.desired) {
    const alive = instances.filter(instance => instance.type === spec.type && instance.state !== 'draining');
    const successors = alive.filter(({ replaces }) => alive.some(({ id }) => id === replaces));
    // A canary, or the successor of one that is replaced deliberately, is one more.
    const most = Math.max(quantity, canary?.old ?? 0) + spec.surge + spec.spare + (canary === undefined && successors.length === 0 ? 0 : 1);
    if (successors.length > 1) faults.push(`${successors.length} of ${spec.type} are replaced at once: ${successors.map(nameOf).join(' ')}`);
    if (quantity > 0 && alive.length > most) faults.push(`${alive.length} of ${spec.type} are more than ${most}: ${alive.map(nameOf).join(' ')}`);
    const slots = alive.filter(instance => instance.generation === generation && instance.slot > 0 && !successors.includes(instance)).map(({ slot }) => slot);
    if (new Set(slots).size < slots.length) faults.push(`slots of ${spec.type} repeat: ${slots.join(' ')}`);
  }
  return faults;
}

/** What is missing or too many now that everything should be as `desired`; empty when nothing is. */
export function deviations({ supervisor }: Watched, desired: Desired): readonly string[] {
  const instances = supervisor.instances();
  const named = new Set(desired.map(({ spec }) => spec.type));
  const wrong = instances.filter(({ type }) => !named.has(type)).map(instance => `${nameOf(instance)} is not wanted`);
  for (const { spec, quantity, generation } of desired) {
    const mine = instances.filter(({ type }) => type === spec.type);
    const ready = mine.filter(instance => instance.state === 'ready' && instance.generation === generation && instance.slot > 0).length;
    const spares = mine.filter(instance => instance.state === 'spare' && instance.generation === generation && instance.slot === 0).length;
    const spare = quantity > 0 ? spec.spare : 0;
    if (ready !== quantity || spares !== spare || mine.length !== quantity + spare) {
      const there = mine.map(instance => `${nameOf(instance)} ${instance.state}`).join(', ');
      wrong.push(`${spec.type}#${generation} wants ${quantity} and ${spare} spare, has ${there}`);
    }
  }
  return wrong;
}

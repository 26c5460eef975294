/** The rows of `brood ps` and `brood top`: what runs, and what is wanted and does not run. */
import type { DeathStatus, InstanceStatus, Status, TypeStatus } from '../../daemon/api.ts';
import { instanceName } from '../../supervisor/names.ts';
import type { Style } from './colours.ts';
import { ending, reasonOf } from './ending.ts';
import { span } from './units.ts';

/** An instance, or the place of one that is not there. */
export interface Row {
  readonly name: string;
  readonly type: string;
  /** Absent: nothing runs there. */
  readonly instance?: InstanceStatus;
  readonly state: string;
  readonly style?: Style;
  /** What else there is to say. */
  readonly note: string;
  /** In less room. */
  readonly shortNote?: string;
  /** Why it was started again last. */
  readonly last?: string | undefined;
}

const STYLES: Readonly<Record<string, Style>> = {
  running: 'green',
  starting: 'yellow',
  draining: 'yellow',
  unready: 'yellow',
  waiting: 'yellow',
  backoff: 'red',
  'crash-loop': 'red',
  failed: 'red',
  hanging: 'red',
  spare: 'cyan',
  completed: 'dim',
  stopped: 'dim',
};

export const styleOf = (state: string): Style | undefined => STYLES[state];

function rowOf(row: Omit<Row, 'style'>): Row {
  const style = styleOf(row.state);
  return style === undefined ? row : { ...row, style };
}

function rowOfInstance(instance: InstanceStatus, lastDeath: DeathStatus | undefined): Row {
  const { name, type, state, reason, lastReason } = instance;
  const last = lastDeath?.name === name && lastDeath.reason === lastReason ? ending(lastDeath) : lastReason === undefined ? undefined : reasonOf(lastReason);
  return rowOf({ name, type, instance, state: state === 'ready' ? 'running' : state, note: reason ?? '', last });
}

function nextTry({ nextTry: at }: TypeStatus, now: number): Pick<Row, 'note' | 'shortNote'> {
  if (at === undefined) return { note: '' };
  const left = Date.parse(at) - now;
  const when = left > 0 ? `in ${span(left + 999)}` : 'now';
  return { note: `next try ${when}`, shortNote: when };
}

/** The empty places whose work is done, well or not; of an older master, which tells only how many, the first ones. */
function ended({ completed = 0, completedSlots: known, failedSlots = [] }: TypeStatus, taken: ReadonlySet<number>): ReadonlyMap<number, string> {
  const slots = new Map<number, string>();
  if (known === undefined) for (let slot = 1; slots.size < completed; slot++) if (!taken.has(slot)) slots.set(slot, 'completed');
  for (const slot of known ?? []) if (!taken.has(slot)) slots.set(slot, 'completed');
  for (const slot of failedSlots) if (!taken.has(slot)) slots.set(slot, 'failed');
  return slots;
}

/** The places of a type that are empty. */
function empty(type: TypeStatus, instances: readonly InstanceStatus[], now: number): readonly Row[] {
  const name = (slot: number): string => instanceName({ type: type.type, slot });
  if (type.wanted === 0) {
    const note = type.state === 'stopped' ? '' : 'scaled to 0';
    return instances.length > 0 ? [] : [rowOf({ name: type.type, type: type.type, state: 'stopped', note })];
  }
  const taken = new Set(instances.filter(({ state }) => state !== 'draining' && state !== 'spare').map(({ slot }) => slot));
  const rows: Row[] = [];
  const done = ended(type, taken);
  const failing = type.state === 'backoff' || type.state === 'crash-loop';
  for (const [slot, state] of done) {
    if (taken.size + rows.length >= type.wanted) break;
    rows.push(rowOf({ name: name(slot), type: type.type, state, note: '' }));
  }
  for (let slot = 1; taken.size + rows.length < type.wanted; slot++) {
    if (taken.has(slot) || done.has(slot)) continue;
    rows.push(rowOf({ name: name(slot), type: type.type, state: failing ? type.state : 'waiting', ...(failing ? nextTry(type, now) : { note: '' }) }));
  }
  return rows;
}

/** In the order of the types and of their slots. */
export function rowsOf({ types, items }: Pick<Status, 'types' | 'items'>, now: number): readonly Row[] {
  return types.flatMap(type => {
    const mine = items.filter(item => item.type === type.type);
    const missing = empty(type, mine, now);
    return [...mine.map(item => rowOfInstance(item, type.lastDeath)), ...missing].sort((a, b) => slotOf(a) - slotOf(b));
  });
}

const slotOf = ({ instance, name }: Row): number => instance?.slot ?? Number(/\d+$/.exec(name)?.[0] ?? 0);

const NOT_KEPT: ReadonlySet<TypeStatus['state']> = new Set(['backoff', 'crash-loop', 'failed']);

/** Whether a type cannot keep an instance. */
export const isFailing = ({ state }: Pick<TypeStatus, 'state'>): boolean => NOT_KEPT.has(state);

/** The ends of such types, one for each. */
export const failing = ({ types }: Pick<Status, 'types'>): readonly DeathStatus[] => types.filter(isFailing).flatMap(({ lastDeath }) => lastDeath ?? []);

/** How often it was started again, and why last: `2 (exit 1)`. */
export function restartsOf({ instance, last }: Row): { readonly text: string; readonly short: string } {
  if (instance === undefined) return { text: '-', short: '-' };
  const short = String(instance.restarts);
  return { text: instance.restarts > 0 && last !== undefined ? `${short} (${last})` : short, short };
}

/** Of all processes of the application, the master's own included; undefined where nothing is known. */
export function sumOf(status: Status, key: 'cpu' | 'memory'): number | undefined {
  const figures = [status.master[key], ...status.items.map(item => item[key])].filter(figure => figure !== undefined);
  return figures.length === 0 ? undefined : figures.reduce((sum, figure) => sum + figure, 0);
}

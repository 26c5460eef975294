/** What a reload would do, as data: what has changed in the files, what becomes of each process type, and in which order. */
import type { Desired, DesiredRow } from '../model.ts';
import { portOfNew } from '../policy/slot-port.ts';
import type { Crew } from '../supervisor/crew.ts';
import { rowsOf } from '../supervisor/revision.ts';
import { API_VERSION } from './api.ts';
import type { Preview, PreviewPorts, PreviewType } from './preview-document.ts';
import type { NextPlan } from './next-plan.ts';
import { changesOf } from './plan.ts';

/** How it is started. A variable that is taken away is another thing than one that is not named. */
const lookOf = ({ spec }: DesiredRow): string => JSON.stringify(spec, (_, value: unknown) => (value === undefined ? null : value));

/** Those behind an entry have whatever port is free when they begin, which nobody need know. */
function portsOf({ spec, quantity }: DesiredRow): PreviewPorts | undefined {
  if (spec.start.kind === 'command' && spec.start.apart === true) return undefined;
  const first = portOfNew(spec, 1);
  if (first === undefined || quantity === 0) return undefined;
  return { first, last: first + quantity - 1 };
}

function changeOf(was: DesiredRow | undefined, row: DesiredRow | undefined): PreviewType['change'] {
  if (was === undefined) return 'added';
  if (row === undefined) return 'removed';
  if (lookOf(was) !== lookOf(row)) return 'changed';
  return was.quantity === row.quantity ? 'unchanged' : 'scaled';
}

interface Fate {
  /** Its instances are of another generation then. */
  readonly isRenewed: boolean;
  /** All of them have ended, and are not started again as they are. */
  readonly hasCompleted: boolean;
}

function typeOf(type: string, was: DesiredRow | undefined, row: DesiredRow | undefined, { isRenewed, hasCompleted }: Fate): PreviewType {
  const [before, after] = [was?.quantity ?? 0, row?.quantity ?? 0];
  const [old, now] = [was, row].map(one => (one === undefined ? undefined : portsOf(one)));
  return {
    type,
    change: changeOf(was, row),
    instances: { before, after },
    ...(old === undefined && now === undefined
      ? {}
      : { ports: { ...(old === undefined ? {} : { before: old }), ...(now === undefined ? {} : { after: now }) } }),
    replaced: isRenewed && before > 0 && after > 0,
    ...(hasCompleted ? { completed: true } : {}),
    ...(row?.spec.exclusive === true ? { exclusive: true } : {}),
  };
}

/** Types by the step in which they may begin: each comes after what it waits for, and those of one step begin together. */
export function orderOf(rows: Desired): readonly (readonly string[])[] {
  const left = new Map(rows.map(({ spec }) => [spec.type, spec.after]));
  const steps: (readonly string[])[] = [];
  while (left.size > 0) {
    const free = [...left].filter(([, after]) => !after.some(type => left.has(type))).map(([type]) => type);
    // What waits for itself never begins: its configuration has been refused before.
    const step = free.length === 0 ? [...left.keys()] : free;
    steps.push(step);
    for (const type of step) left.delete(type);
  }
  return steps;
}

export function previewOf(next: NextPlan, { revision: now, supervisor }: Pick<Crew, 'revision' | 'supervisor'>): Preview {
  const { before, plan, fixed, only, canary, canaryTime, warnings } = next;
  const told = {
    apiVersion: API_VERSION,
    kind: 'Preview',
    what: 'reload',
    changes: changesOf(before, plan),
    refused: fixed,
    canaryTime,
    warnings,
  } as const;
  if (fixed.length > 0) return { ...told, types: [], order: [] };
  const [old, then] = [rowsOf(now), rowsOf(next.revise(now))];
  const rowIn = (rows: Desired, type: string): DesiredRow | undefined => rows.find(({ spec }) => spec.type === type);
  const hasCompleted = (row: DesiredRow | undefined): boolean =>
    row !== undefined && row.quantity > 0 && supervisor.ledgerOf(row.spec.type, row.generation).completed.length >= row.quantity;
  const fateOf = (type: string): Fate => ({ isRenewed: only === undefined || only.includes(type), hasCompleted: hasCompleted(rowIn(old, type)) });
  const names = [...new Set([...then, ...old].map(({ spec }) => spec.type))];
  const ownTime = (type: string): Pick<PreviewType, 'canaryTime'> => (canary(type) === canaryTime ? {} : { canaryTime: canary(type) });
  const types = names.map(type => Object.assign(typeOf(type, rowIn(old, type), rowIn(then, type), fateOf(type)), ownTime(type)));
  const begins = new Set(types.filter(({ replaced, instances }) => replaced || instances.after > instances.before).map(({ type }) => type));
  return { ...told, types, order: orderOf(then.filter(({ spec }) => begins.has(spec.type))) };
}

/** What a reload would do, as data: what has changed in the files, what becomes of each process type, and in which order. */
import type { Desired, DesiredRow } from '../model.ts';
import { portOfNew } from '../policy/slot-port.ts';
import { rowsOf } from '../supervisor/revision.ts';
import type { Revision } from '../supervisor/revision.ts';
import { API_VERSION } from './api.ts';
import type { Preview, PreviewPorts, PreviewType } from './api-preview.ts';
import type { NextPlan } from './next-plan.ts';
import { changesOf } from './plan.ts';

/** How it is started. A variable that is taken away is another thing than one that is not named. */
const lookOf = ({ spec }: DesiredRow): string => JSON.stringify(spec, (_, value: unknown) => (value === undefined ? null : value));

function portsOf({ spec, quantity }: DesiredRow): PreviewPorts | undefined {
  const first = portOfNew(spec, 1);
  if (first === undefined || quantity === 0) return undefined;
  return { first, last: first + quantity - 1 };
}

function typeOf(type: string, was: DesiredRow | undefined, row: DesiredRow | undefined, isRenewed: boolean): PreviewType {
  const [before, after] = [was?.quantity ?? 0, row?.quantity ?? 0];
  const change = was === undefined ? 'added' : row === undefined ? 'removed' : lookOf(was) === lookOf(row) ? 'unchanged' : 'changed';
  const [old, now] = [was, row].map(one => (one === undefined ? undefined : portsOf(one)));
  return {
    type,
    change,
    instances: { before, after },
    ...(old === undefined && now === undefined
      ? {}
      : { ports: { ...(old === undefined ? {} : { before: old }), ...(now === undefined ? {} : { after: now }) } }),
    replaced: isRenewed && before > 0 && after > 0,
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

/** `now`: what is wanted. */
export function previewOf(next: NextPlan, now: Revision): Preview {
  const { before, plan, fixed, only, canary, warnings } = next;
  const told = {
    apiVersion: API_VERSION,
    kind: 'Preview',
    what: 'reload',
    changes: changesOf(before, plan),
    refused: fixed,
    canaryTime: canary,
    warnings,
  } as const;
  if (fixed.length > 0) return { ...told, types: [], order: [] };
  const [old, then] = [rowsOf(now), rowsOf(next.revise(now))];
  const rowIn = (rows: Desired, type: string): DesiredRow | undefined => rows.find(({ spec }) => spec.type === type);
  const isRenewed = (type: string): boolean => only === undefined || only.includes(type);
  const names = [...new Set([...then, ...old].map(({ spec }) => spec.type))];
  const types = names.map(type => typeOf(type, rowIn(old, type), rowIn(then, type), isRenewed(type)));
  const begins = new Set(types.filter(({ replaced, instances }) => replaced || instances.after > instances.before).map(({ type }) => type));
  return { ...told, types, order: orderOf(then.filter(({ spec }) => begins.has(spec.type))) };
}

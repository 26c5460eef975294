/** What the supervisor keeps of one living instance, and the record it leaves when it ends. */
import type { Child, ChildEvent, StartOrder } from '../child/child.ts';
import type { ChildError, Death, Instance, ProcessSpec } from '../model.ts';
import type { LifeEvent, Transition } from '../policy/lifecycle.ts';

/** Where a child says that it listens. */
export type Where = { readonly port: number; readonly host: string } | { readonly path: string };

export interface Living {
  instance: Instance;
  readonly spec: ProcessSpec;
  /** Set right after the start; a failed start may report its end before. */
  child: Child | undefined;
  /** Takes the armed timer back. */
  disarm: (() => void) | undefined;
  /** The last step of its boot that it reported. */
  step: string | undefined;
  /** Where it said that it serves. */
  address: Where | undefined;
  /** Its own error, told before its end. */
  error: ChildError | undefined;
  /** Heart beats that were asked for and have not come. */
  missed: number;
  violations: number;
  /** Whether its end gave its generation up. */
  gaveUp: boolean;
}

type Exit = Extract<ChildEvent, { type: 'exit' }>;

/** Why it ended: what it was told or said first, else what is known of its exit. */
function reasonOf({ instance }: Living, exit: Exit): string {
  if (instance.reason !== undefined) return instance.reason;
  if (exit.cause !== undefined) return exit.cause;
  return exit.signal === null ? 'exit' : 'signal';
}

/** The record of a death; `last` is the state that it was in, and when it ended. */
export function deathOf(living: Living, exit: Exit, last: Pick<Death, 'state' | 'at'>): Death {
  const { instance, step } = living;
  const error = living.error ?? exit.error;
  return {
    type: instance.type,
    slot: instance.slot,
    id: instance.id,
    generation: instance.generation,
    pid: instance.pid,
    reason: reasonOf(living, exit),
    code: exit.code,
    signal: exit.signal,
    uptime: last.at - instance.started,
    state: last.state,
    served: instance.readyAt !== undefined,
    lastLines: exit.lastLines,
    at: last.at,
    ...(error === undefined ? {} : { error }),
    ...(step === undefined ? {} : { step }),
  };
}

/** A new record for what was just ordered. */
export function bornAt(now: number, { spec, id, slot, generation }: StartOrder): Living {
  const instance: Instance = { id, type: spec.type, slot, generation, state: 'starting', pid: 0, since: now, started: now };
  return {
    instance,
    spec,
    child: undefined,
    disarm: undefined,
    step: undefined,
    address: undefined,
    error: undefined,
    missed: 0,
    violations: 0,
    gaveUp: false,
  };
}

/** What made an instance change its state; `reason`: why it was asked to go, or the child's own word. */
export interface Cause {
  readonly event: LifeEvent;
  readonly reason?: string;
}

/** The instance after a transition at `now`. */
export function after(from: Instance, next: Transition, { event, reason }: Cause, now: number): Instance {
  // The first reason stays: what left after an exception and is killed at the end, left after an exception.
  const why = from.reason ?? reason ?? (event === 'timeout' ? 'start-timeout' : undefined);
  return {
    ...from,
    state: next.to,
    since: next.to === from.state ? from.since : now,
    ...(next.to === 'ready' ? { readyAt: from.readyAt ?? now } : {}),
    ...(next.to === 'draining' && why !== undefined ? { reason: why } : {}),
    ...(reason === 'cut' ? { reason } : {}),
  };
}

/** What the supervisor keeps of one living instance, and the record it leaves when it ends. */
import type { Child, ChildEvent, StartOrder } from '../child/child.ts';
import type { ProbeName } from '../care.ts';
import type { ChildError, Death, Instance, ProcessSpec } from '../model.ts';
import type { HangReport } from '../observed.ts';
import type { LifeEvent, Transition } from '../policy/lifecycle.ts';
import { hasCompleted, hasFailed } from '../policy/restart.ts';
import type { LedgerEntry } from '../policy/restart.ts';
import type { GaveUp, Stopped } from './book.ts';
import type { Probing } from './probing.ts';

/** Where a child says that it listens. */
export type Where = { readonly port: number; readonly host: string } | { readonly path: string };

export interface Living {
  instance: Instance;
  readonly spec: ProcessSpec;
  /** Set right after the start; a failed start may report its end before. */
  child: Child | undefined;
  /** The armed timer: when it fires, and what takes it back. */
  timer: { readonly due: number; readonly cancel: () => void } | undefined;
  /** The last step of its boot that it reported. */
  step: string | undefined;
  /** Where it said that it serves. */
  address: Where | undefined;
  /** Its own error, told before its end. */
  error: ChildError | undefined;
  /** What blocks its event loop, or has. */
  hang: HangReport | undefined;
  /** Beats since it was asked for an answer that has not come. */
  missed: number;
  /** It has said something by itself since the last beat. */
  spoke: boolean;
  /** Since when it is suspect. */
  suspectAt: number | undefined;
  violations: number;
  /** Makes its probes, from the moment when it may be asked. */
  probing: Probing | undefined;
  /** What the last probe said that failed. */
  probe: string | undefined;
  /** Why its end gave its generation up, if it did. */
  gaveUp: GaveUp | undefined;
  /** When it was told to go. */
  askedAt: number | undefined;
  /** Whether it was killed although it was on its way out. */
  escalated: boolean;
}

/** A generation that was given up, with the death that did it. */
export interface Failure {
  readonly type: string;
  readonly generation: number;
  readonly crashes: number;
  readonly death: Death;
  readonly why: GaveUp;
}

type Exit = Extract<ChildEvent, { type: 'exit' }>;

/** Why it ended: what it was told or said first, else what is known of its exit. */
function reasonOf({ instance }: Living, exit: Exit): string {
  if (instance.reason !== undefined) return instance.reason;
  if (exit.cause !== undefined) return exit.cause;
  return exit.signal === null ? 'exit' : 'signal';
}

const PROBES: ReadonlySet<string | undefined> = new Set(['startup', 'readiness', 'liveness'] satisfies ProbeName[]);

/** What the probe said that ended it. */
const probeErrorOf = ({ instance, probe }: Living): ChildError | undefined =>
  probe !== undefined && PROBES.has(instance.reason) ? { name: 'ProbeError', message: probe } : undefined;

/** How a stop of it went. */
function stopOf({ askedAt, escalated, instance }: Living, at: number): Pick<Death, 'asked' | 'escalated'> {
  if (askedAt !== undefined) return { asked: at - askedAt, escalated };
  // One that left by itself, and was waited for in vain.
  return instance.state === 'draining' && escalated ? { escalated } : {};
}

/** The record of a death; `last` is the state that it was in, and when it ended. */
export function deathOf(living: Living, exit: Exit, last: Pick<Death, 'state' | 'at'>): Death {
  const { instance, spec, step, hang } = living;
  const reason = reasonOf(living, exit);
  const error = living.error ?? exit.error ?? probeErrorOf(living);
  return {
    type: instance.type,
    slot: instance.slot,
    id: instance.id,
    generation: instance.generation,
    pid: instance.pid,
    reason,
    code: exit.code,
    signal: exit.signal,
    uptime: last.at - instance.started,
    state: last.state,
    served: instance.readyAt !== undefined,
    ...(hasCompleted({ ...exit, reason }, spec.restart) ? { completed: true as const } : {}),
    ...(hasFailed({ ...exit, reason }, spec.restart) ? { failed: true as const } : {}),
    ...(living.gaveUp === 'canary' ? { canary: true as const } : {}),
    lastLines: exit.lastLines,
    at: last.at,
    ...(error === undefined ? {} : { error }),
    ...(step === undefined ? {} : { step }),
    ...stopOf(living, last.at),
    ...(hang === undefined ? {} : { hang }),
  };
}

/** That its end gave its generation up. Told with the death that did it; the timeout of a start gives up before its process has ended. */
export function failureOf({ gaveUp }: Living, death: Death, { failures, falls, givenUpAt, fallen }: LedgerEntry): Failure | undefined {
  if (gaveUp === undefined || (givenUpAt ?? fallen) === undefined) return undefined;
  const { type, generation } = death;
  return { type, generation, crashes: gaveUp === 'falls' ? falls.length : failures.length, death, why: gaveUp };
}

/** How it stopped counting at `at`; `exit` when by its end. */
export function stoppedOf(living: Living, { event, exit }: { readonly event: LifeEvent; readonly exit?: Exit | undefined }, at: number): Stopped {
  const told = living.error !== undefined;
  const reason = exit === undefined ? (living.instance.reason ?? 'exit') : reasonOf(living, exit);
  return { at, reason, code: exit?.code ?? null, signal: exit?.signal ?? null, told, killed: event === 'timeout' };
}

/** A new record for what was just ordered; `draw` in [0, 1). */
export function bornAt({ now, draw }: { readonly now: number; readonly draw: number }, { spec, id, slot, generation, port }: StartOrder): Living {
  const own = port === undefined ? {} : { port };
  const instance: Instance = { id, type: spec.type, slot, generation, state: 'starting', pid: 0, ...own, since: now, started: now, draw };
  return {
    instance,
    spec,
    child: undefined,
    timer: undefined,
    step: undefined,
    address: undefined,
    error: undefined,
    hang: undefined,
    missed: 0,
    spoke: false,
    suspectAt: undefined,
    violations: 0,
    probing: undefined,
    probe: undefined,
    gaveUp: undefined,
    askedAt: undefined,
    escalated: false,
  };
}

/** What made an instance change its state; `reason`: why it was asked to go, or the child's own word. */
export interface Cause {
  readonly event: LifeEvent;
  readonly reason?: string;
  /** It is told to go for what it has done, and that counts. */
  readonly fault?: boolean;
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

/** Keeps of the effects of a transition out of `from` what the report of a stop needs. */
export function keepOfStop(living: Living, from: Instance, { effects }: Transition, now: number): void {
  if (effects.includes('ask') || effects.includes('ask-now')) living.askedAt ??= now;
  if (effects.includes('kill') && from.state === 'draining') living.escalated = true;
}

/** What the supervisor tells its listeners. */
import type { Control } from '../child/child.ts';
import type { Death, Instance, PlannedReason } from '../model.ts';
import type { HangReport } from '../observed.ts';
import type { LoopState } from '../policy/loop.ts';
import type { Failure, Where } from './record.ts';

/** A type that falls again and again: it is tried from time to time, one instance at a time. */
export interface CrashLoop extends LoopState {
  readonly type: string;
  readonly generation: number;
  /** The last death of the type. */
  readonly death: Death;
}

export interface SupervisorEvents {
  change: [instance: Instance];
  death: [death: Death];
  /** A generation of a type was given up. */
  failed: [failure: Failure];
  /** A new generation is on trial: everything depends on this instance until then (milliseconds since the epoch). */
  canary: [instance: Instance, until: number];
  /** The canary has lived long enough; the others follow. */
  proven: [type: string, generation: number];
  /** Once when a type falls into a crash loop, and once when it is out of it: it has recovered, or is not wanted any more. */
  'crash-loop': [loop: CrashLoop];
  'crash-loop-over': [loop: CrashLoop, recovered: boolean];
  /** The crash loop of a type with `onCrashLoop: 'exit'`: the whole is to end. */
  'exit-wanted': [loop: CrashLoop];
  /** A deliberate replacement begins; the old one is told to go when the new one is ready. */
  renewing: [old: Instance, successor: Instance, why: PlannedReason];
  /** The successor could not boot; nobody who was asked for is tried again. */
  'renewal-failed': [old: Instance, death: Death];
  /** An instance takes more memory than it may (`maxMemory.hard`, bytes) and is killed. */
  'over-memory': [instance: Instance, limit: number];
  /** The readiness probe of a ready instance fails from now on, or succeeds again; `detail`: what was seen. */
  readiness: [instance: Instance, ok: boolean, detail: string];
  /** Its startup probe has failed, and it counts as ready all the same; `detail`: what was seen last. */
  unproven: [instance: Instance, detail: string];
  /** Everything is as it is wanted, or nothing more can be done. */
  idle: [];
  control: [instance: Instance, message: Control];
  plain: [instance: Instance, message: unknown];
  ready: [instance: Instance, address: Where | undefined];
  violation: [instance: Instance, what: string];
  /** The event loop of an instance stands still, or turns again; told by a thread of it. */
  hang: [instance: Instance, report: HangReport];
  /** An instance has not answered for a while. */
  suspect: [instance: Instance];
  /** It answers again, so many milliseconds after that. */
  answers: [instance: Instance, after: number];
}

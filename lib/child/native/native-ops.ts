/** What the operating system does for us and Node.js has no call for; a provider has some of it. */
import type { Limits } from '../../model.ts';

/** `held`: by somebody else. `unsupported`: its file system knows no locks. */
export type Locking = 'locked' | 'held' | 'unsupported';

export interface NativeOps {
  /** Binds every thread of a process to CPUs; one that has just ended is no error. */
  bind?(pid: number, cpus: readonly number[]): Promise<void>;
  /** Sets the limits of a running process. */
  limit?(pid: number, limits: Limits): Promise<void>;
  /** Locks an open file (flock). The kernel frees it with the last copy of the descriptor. */
  lock?(fd: number): Promise<Locking>;
  /** Sends a datagram to a unix socket; `@name` is abstract. */
  send?(address: string, text: string): Promise<void>;
  /** Orphans of our descendants become our children, not those of PID 1. */
  becomeSubreaper?(): void;
  /** Takes a zombie that is our child away; whether it was one. */
  reap?(pid: number): boolean;
}

/**
 * Takes zombies away that nobody else waits for. A process whose parent has ended becomes a child of PID 1, or of a
 * subreaper above it, and stays a zombie until that one waits for it; Node.js waits only for what it has started. So
 * each zombie that is ours and not Node.js's is waited for by its pid, never "any child": that would take an exit away
 * from Node.js.
 */
import { readFileSync } from 'node:fs';
import type { NativeOps } from '../child/native/native-ops.ts';
import { nativeOp } from '../child/native/ops.ts';
import { stateOf, trackChildren } from '../child/tracked.ts';
import type { Tracker } from '../child/tracked.ts';

/** As PID 1 these wait for nobody but their own children. */
const NO_INIT = /^(node|npm|npx|yarn|pnpm|MainThread)\b/;

const FOR_FIRST =
  'this master is PID 1, and what its processes leave behind stays as zombies: install the package koffi, or run an init before it (docker run --init, init: true, tini)';
const FOR_OTHERS =
  'PID 1 of this container takes no zombies away, so what the processes leave behind stays: install the package koffi, or run an init as PID 1 (docker run --init, init: true, tini)';

function nameOfFirst(): string {
  try {
    return readFileSync('/proc/1/comm', 'utf8').trim();
  } catch {
    return '';
  }
}

/** Why it should be said that nobody takes zombies away; `undefined` when an init does. */
function warningFor(pid: number): string | undefined {
  if (pid === 1) return FOR_FIRST;
  return NO_INIT.test(nameOfFirst()) ? FOR_OTHERS : undefined;
}

/** Made before the first child is started, once in a process: from then on it knows what Node.js waits for by itself. */
export class Reaper {
  readonly #tracker: Tracker | undefined = process.platform === 'linux' ? trackChildren() : undefined;
  #reap: NativeOps['reap'];
  #reaped = 0;

  /** So many zombies were taken away. */
  get reaped(): number {
    return this.#reaped;
  }

  /** Orphans come to this process. */
  get adopts(): boolean {
    return this.#reap !== undefined;
  }

  /**
   * Begins, as PID 1 or as a subreaper; best when the application has started, for koffi takes some 25 ms to load. Where it is impossible
   * and would matter, `warn` is told so.
   */
  begin(warn: (message: string) => void): void {
    const reap = this.#tracker === undefined ? undefined : nativeOp('reap');
    const warning = reap === undefined && this.#tracker !== undefined ? warningFor(process.pid) : undefined;
    if (warning !== undefined) warn(warning);
    if (reap === undefined) return;
    if (process.pid !== 1) nativeOp('becomeSubreaper')?.();
    this.#reap = reap;
    process.on('SIGCHLD', this.#look);
    this.#look();
  }

  stop(): void {
    process.off('SIGCHLD', this.#look);
    this.#tracker?.stop();
  }

  /** Several ends may be one signal, and one may come while we look: each look takes all that are there. */
  readonly #look = (): void => {
    for (const pid of this.#tracker?.strangers() ?? []) if (stateOf(pid) === 'Z' && this.#reap?.(pid) === true) this.#reaped++;
  };
}

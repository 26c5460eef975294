/** The process group of a shell line: what is asked to end is over when all of it is, and not when the shell is. */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Group } from './ipc.ts';

/** Milliseconds between two looks, for the kernel tells nobody of the end of a group; and how long after a kill. */
const LOOK_AGAIN = 20;
const AFTER_KILL = 1000;

export class ProcessGroup implements Group {
  readonly #leader: number;
  #isAsked = false;
  #isSilent = false;
  #killedAt: number | undefined;

  constructor(shell: ChildProcess) {
    this.#leader = shell.pid ?? 0;
    shell.once('close', () => (this.#isSilent = true));
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#leader === 0) return;
    this.#isAsked = true;
    if (signal === 'SIGKILL') this.#killedAt ??= performance.now();
    try {
      process.kill(-this.#leader, signal);
    } catch {
      // ESRCH: the last process of the group has just ended.
    }
  }

  /** One that has ended without being asked leaves nobody who is waited for; nor are they who hold no output, zombies among them. */
  isLeft(): boolean {
    if (!this.#isAsked || this.#isSilent || this.#leader === 0) return false;
    try {
      return process.kill(-this.#leader, 0);
    } catch {
      return false;
    }
  }

  /** Whoever waits has a timer of its own, and kills; a zombie that nobody takes away cannot be killed. */
  async ended(): Promise<void> {
    while (this.isLeft() && (this.#killedAt === undefined || performance.now() - this.#killedAt < AFTER_KILL)) await sleep(LOOK_AGAIN);
  }
}

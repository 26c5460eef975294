/** How this process goes: take nothing new, finish what has begun, run the hooks, flush the mail, end. */
import { trace } from '../trace.ts';
import { counted } from '../policy/plural.ts';
import type { ChildError } from '../model.ts';
import type { ToChild } from '../protocol.ts';
import { closeServers, drainServers } from './drain.ts';
import { everythingTold, leaveChannel, tell } from './parent.ts';

const debug = trace('brood:leave');

/** Why it goes, and with which exit code. */
export interface Departure {
  readonly reason: string;
  readonly code: number;
  readonly error?: ChildError;
  /** Who decided it: the master sends nothing more; this process tells it first; or there is no master any more. */
  readonly by: 'master' | 'itself' | 'orphaned';
}

/** What has to be done on the way out, filled in as the process boots. */
export interface Duties {
  /** Connections that the application wants to say goodbye to by itself. */
  readonly drain: () => Promise<void>;
  /** The application's beforeClose hooks, then its guests. */
  readonly close: () => Promise<void>;
  /** Everything that was sent has left this process. */
  readonly flush: () => Promise<void>;
  readonly report: (message: string) => void;
}

/** The longest wait for the master's word that nothing more is under way, in milliseconds. */
const BARRIER = 1000;
/** Milliseconds beyond the limit of the hooks, so that the master is earlier. */
const AFTER_MASTER = 5_000;

export interface LeaveOptions {
  readonly drainTimeout: number;
  readonly handedOver: boolean;
  /** Milliseconds that idle connections stay open for a request that is under way; default: the keep-alive time of the server and a bit. */
  readonly idleTimeout?: number | undefined;
  /** Milliseconds that the hooks may take after the drain before this process ends them by itself; the master is earlier. Default: 5000. */
  readonly hooksTimeout?: number;
}

export class Leave {
  readonly #drainTimeout: number;
  readonly #handedOver: boolean;
  readonly #idleTimeout: number | undefined;
  readonly #hooksTimeout: number;
  readonly #duties: Duties;
  readonly #hurry = new AbortController();
  #departure: Departure | undefined;
  #gone: Promise<void> | undefined;
  #passBarrier: () => void = () => {};

  /** `drainTimeout` in milliseconds; `handedOver`: the master accepts the connections and hands them over. */
  constructor({ drainTimeout, handedOver, idleTimeout, hooksTimeout = 5_000 }: LeaveOptions, duties: Duties) {
    this.#drainTimeout = drainTimeout;
    this.#handedOver = handedOver;
    this.#idleTimeout = idleTimeout;
    this.#hooksTimeout = hooksTimeout;
    this.#duties = duties;
  }

  /** Why this process goes; `undefined` while it stays. */
  get departure(): Departure | undefined {
    return this.#departure;
  }

  /** Starts to go; a second call joins the first. Never resolves: the process ends. */
  go(departure: Departure): Promise<void> {
    this.#departure ??= departure;
    this.#gone ??= this.#go(departure);
    return this.#gone;
  }

  /** The master's word to go, and what belongs to the way out; false for any other message. */
  hear(message: ToChild): boolean {
    switch (message.kind) {
      case 'stop': {
        const departure = { reason: message.reason, code: 0, by: 'master' } as const;
        if (message.quick) this.hurry(departure);
        else void this.go(departure);
        return true;
      }
      case 'barrier':
        this.#passBarrier();
        return true;
      case 'ping':
        void tell({ kind: 'pong' });
        return true;
      default:
        return false;
    }
  }

  /** Goes without waiting for connections; hooks still run. */
  hurry(departure: Departure): void {
    this.#hurry.abort();
    void this.go(departure);
  }

  /** Ends now. What is written to a pipe and not yet taken is lost; nothing else is. */
  exit(code: number): never {
    process.exit(code);
  }

  async #go({ reason, code, error, by }: Departure): Promise<void> {
    debug('leaving: %s', reason);
    // A hook that hangs must not keep an orphan alive; with a master its own timer is earlier.
    setTimeout(() => this.exit(code === 0 ? 1 : code), this.#drainTimeout + this.#hooksTimeout + AFTER_MASTER).unref();
    // Where the master hands connections over, one may be under way; elsewhere nothing stands in the way of closing at once.
    if (!this.#handedOver) closeServers();
    if (by === 'itself') await this.#tellAndWait(reason, error);
    const drained = drainServers({ drainTimeout: this.#drainTimeout, hurry: this.#hurry.signal, idle: this.#idleTimeout });
    await Promise.all([drained, this.#attempt(() => this.#withinDrain(this.#duties.drain()))]);
    const { cut } = await drained;
    // Without a master nobody else ends hooks that hang.
    if (by === 'orphaned') setTimeout(() => this.exit(code), this.#hooksTimeout).unref();
    if (cut > 0) this.#duties.report(`${counted(cut, 'connection was', 'connections were')} still open, and cut`);
    await this.#attempt(this.#duties.close);
    await this.#attempt(this.#duties.flush);
    await everythingTold();
    this.exit(code);
  }

  /** What fails on the way out is told, and does not keep the next step from being done. */
  async #attempt(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.#duties.report(`a step on the way out failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }

  /** In round robin a connection may be under way to us; after the barrier none is, and the channel can be left. */
  async #tellAndWait(reason: string, error: ChildError | undefined): Promise<void> {
    const passed = new Promise<void>(resolve => {
      this.#passBarrier = resolve;
      setTimeout(resolve, BARRIER).unref();
    });
    await tell(error === undefined ? { kind: 'leaving', reason } : { kind: 'leaving', reason, error });
    await passed;
    await everythingTold();
    leaveChannel();
  }

  async #withinDrain(work: Promise<void>): Promise<void> {
    const over = new Promise<void>(resolve => {
      setTimeout(resolve, this.#drainTimeout).unref();
      this.#hurry.signal.addEventListener('abort', () => resolve());
    });
    await Promise.race([work, over]);
  }
}

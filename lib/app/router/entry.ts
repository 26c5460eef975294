/** One entry: who serves behind it, and who waits for them, first come, first served. */
import { chooseBackend, nextTry } from '../../policy/backend-choice.ts';
import type { Backend as Told, EntryBoot } from '../../entries.ts';
import { Backend, type Line } from './backend.ts';

const DEFAULTS = { queueTimeout: 10_000, queueLimit: 1024, connectTimeout: 5_000 } as const;

/** Why nobody takes it: too many wait; none was ready in time; those that are take no connections; none is wanted. */
export type Refusal = 'full' | 'none-ready' | 'unreachable' | 'closed';

/** A connection for one request, or for one tunnel. Whoever gets it says `backend.inFlight--` when that is over. */
export interface Connection {
  readonly backend: Backend;
  readonly line: Line;
}

/** Who wants a connection to one of the instances. */
export interface Caller {
  /** It takes one that was used before. */
  reuses: boolean;
  /** Another one than this is asked, if there is another. */
  avoid: Backend | undefined;
  /** When it had to wait first; set here. */
  since: number | undefined;
  /** For bytes that are passed on as they are. */
  readonly tunnels: boolean;
  reached(connection: Connection): void;
  refused(why: Refusal): void;
}

export class Entry {
  readonly boot: EntryBoot;
  readonly #queueTimeout: number;
  readonly #queueLimit: number;
  readonly #connectTimeout: number;
  #backends: readonly Backend[] = [];
  /** Where the next look around begins. */
  #from = 0;
  readonly #waiting: Caller[] = [];
  readonly #timers = new Map<Caller, NodeJS.Timeout>();
  #wake: NodeJS.Timeout | undefined;
  /** Nobody is wanted who could serve. */
  #closed = false;

  constructor(boot: EntryBoot) {
    this.boot = boot;
    const { queueTimeout, queueLimit, connectTimeout } = { ...DEFAULTS, ...boot };
    this.#queueTimeout = queueTimeout;
    this.#queueLimit = queueLimit;
    this.#connectTimeout = connectTimeout;
  }

  /** Everybody who serves from now on. */
  set(told: readonly Told[], closed = false): void {
    this.#closed = closed;
    const known = new Map(this.#backends.map(backend => [backend.id, backend]));
    this.#backends = told.map(one => {
      const old = known.get(one.id);
      const backend = old?.isAt(one) === true ? old : new Backend(one, this.#connectTimeout);
      if (backend === old) known.delete(one.id);
      backend.become(one.state);
      return backend;
    });
    for (const gone of known.values()) gone.become('draining');
    this.#pump();
    for (const caller of closed ? [...this.#waiting] : []) {
      this.cancel(caller);
      caller.refused('closed');
    }
  }

  /** Calls back now or later, once. */
  ask(caller: Caller): void {
    const backend = this.#waiting.length > 0 && caller.since === undefined ? undefined : this.#choose(caller.avoid);
    if (backend === undefined) this.#wait(caller);
    else this.#give(backend, caller);
  }

  /** It does not want one any more. One that is being opened is brought to it all the same. */
  cancel(caller: Caller): void {
    const at = this.#waiting.indexOf(caller);
    if (at >= 0) this.#waiting.splice(at, 1);
    this.#stopTimer(caller);
  }

  /** So many wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** What a client is told who was refused. */
  reason(why: Refusal): string {
    const { entry } = this.boot;
    if (why === 'full') return `too many requests wait for ${entry}`;
    if (why === 'closed') return `${entry} is stopped`;
    return why === 'none-ready' ? `no instance of ${entry} is ready` : `no instance of ${entry} takes connections`;
  }

  #choose(avoid: Backend | undefined): Backend | undefined {
    const all = this.#backends;
    const at = chooseBackend(all, { now: performance.now(), from: this.#from, avoid });
    if (at < 0) return undefined;
    this.#from = at + 1 === all.length ? 0 : at + 1;
    return all[at];
  }

  #give(backend: Backend, caller: Caller): void {
    backend.inFlight++;
    const free = caller.reuses ? backend.take() : undefined;
    if (free !== undefined) return caller.reached({ backend, line: free });
    const began = performance.now();
    // One that has failed is tried by one at a time.
    if (backend.failures > 0) backend.failedAt = began;
    backend.connect(caller.tunnels, line => {
      if (line === undefined) return this.#failed(backend, began, caller);
      if (!caller.tunnels) backend.keep(line);
      caller.reached({ backend, line });
      if (this.#waiting.length > 0) this.#pump();
    });
  }

  #failed(backend: Backend, began: number, caller: Caller): void {
    backend.inFlight--;
    const now = performance.now();
    backend.failed(began, now);
    caller.since ??= now;
    if (now - caller.since < this.#queueTimeout) this.ask(caller);
    else caller.refused('unreachable');
  }

  #wait(caller: Caller): void {
    if (this.#closed) return caller.refused('closed');
    if (this.#waiting.length >= this.#queueLimit) return caller.refused('full');
    const now = performance.now();
    // Who was tried before has been here before.
    if (caller.since === undefined) this.#waiting.push(caller);
    else this.#waiting.unshift(caller);
    caller.since ??= now;
    const left = this.#queueTimeout - (now - caller.since);
    this.#timers.set(
      caller,
      setTimeout(() => {
        this.cancel(caller);
        caller.refused(this.#backends.some(({ state }) => state === 'ready') ? 'unreachable' : 'none-ready');
      }, left),
    );
    this.#wakeLater(now);
  }

  #pump(): void {
    for (let caller = this.#waiting[0]; caller !== undefined; caller = this.#waiting[0]) {
      const backend = this.#choose(caller.avoid);
      if (backend === undefined) return this.#wakeLater(performance.now());
      this.#waiting.shift();
      this.#stopTimer(caller);
      this.#give(backend, caller);
    }
  }

  #wakeLater(now: number): void {
    clearTimeout(this.#wake);
    const wait = nextTry(this.#backends, now);
    this.#wake = wait === undefined ? undefined : setTimeout(() => this.#pump(), Math.ceil(wait) + 1);
  }

  #stopTimer(caller: Caller): void {
    clearTimeout(this.#timers.get(caller));
    this.#timers.delete(caller);
  }
}

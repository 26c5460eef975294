/** Calls the methods for one connection, and counts those that are under way. */
import { setMaxListeners } from 'node:events';
import { BroodError } from '../errors.ts';
import type { RpcMethod } from './methods.ts';

/** What a method can know of its call. */
export interface RpcContext {
  readonly method: string;
  /** Aborted when the client has gone, or the connection is cut: nobody waits for the result any more. */
  readonly signal: AbortSignal;
  /** Nobody will get the result. */
  readonly isNotification: boolean;
  /** Address of the client; `undefined` over a unix socket. */
  readonly address: string | undefined;
}

export interface Calling {
  readonly name: string;
  readonly params: readonly unknown[];
  readonly isNotification: boolean;
}

/** How a call has ended. */
export type Over = (error: { readonly thrown: unknown } | undefined, result?: unknown) => void;

const isThenable = (value: unknown): boolean => typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';

export class Caller {
  readonly #withContext: boolean;
  readonly #address: string | undefined;
  #inFlight = 0;
  #abort: AbortController | undefined;
  #isGone = false;

  constructor(withContext: boolean, address: string | undefined) {
    this.#withContext = withContext;
    this.#address = address;
  }

  /** Calls under way. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Calls `method`, and calls back when it is over: within this very call where it is no asynchronous one. */
  call(method: RpcMethod, calling: Calling, over: Over): void {
    this.#inFlight++;
    const done: Over = (error, result) => {
      this.#inFlight--;
      over(error, result);
    };
    let result: unknown;
    let isLater = false;
    try {
      result = this.#withContext ? method(this.#contextOf(calling), ...calling.params) : method(...calling.params);
      isLater = isThenable(result);
    } catch (thrown) {
      return done({ thrown });
    }
    if (!isLater) return done(undefined, result);
    void this.#wait(result, done);
  }

  async #wait(result: unknown, done: Over): Promise<void> {
    let value: unknown;
    try {
      value = await result;
    } catch (thrown) {
      return done({ thrown });
    }
    done(undefined, value);
  }

  /** The client has gone. */
  gone(): void {
    this.#isGone = true;
    this.#abort?.abort(new BroodError('BROOD_RPC_CLIENT_GONE'));
  }

  #contextOf({ name, isNotification }: Calling): RpcContext {
    const signal = (): AbortSignal => this.#signal();
    return {
      method: name,
      isNotification,
      address: this.#address,
      // Most methods never ask for it.
      get signal() {
        return signal();
      },
    };
  }

  #signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      // One for all calls of a connection.
      setMaxListeners(0, this.#abort.signal);
      if (this.#isGone) this.gone();
    }
    return this.#abort.signal;
  }
}

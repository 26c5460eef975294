/** Requests that wait for their answer, each bound to the peer that was asked. */
import { BroodError, type ErrorCode } from '../errors.ts';

export interface RequestOptions {
  /** Milliseconds until BROOD_REQUEST_TIMEOUT; default 30,000. */
  readonly timeout?: number;
  /** Aborts it: BROOD_REQUEST_ABORTED. The handler over there is not told. */
  readonly signal?: AbortSignal;
}

/** How an error travels back. */
export interface Failure {
  readonly code?: string;
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

interface Pending {
  /** Whom it was sent to; -1 until it is. */
  peer: number;
  readonly action: string;
  readonly to: string;
  readonly settle: (error: unknown, answer: unknown) => void;
}

const TIMEOUT = 30_000;
/** Numbers travel in 32 bits, and come round when the first requests are long answered. */
const NUMBERS = 0xffff_ffff;

const isFailure = (value: unknown): value is Failure => typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string';

/** The error of a handler, with what a message may hold of it. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  return {
    name,
    message,
    ...(typeof stack === 'string' && { stack }),
    ...('code' in error && typeof error.code === 'string' && { code: error.code }),
  };
}

/** The error that {@link failureOf} was told of. */
export function remoteError(failure: Failure): Error {
  const error = new Error(failure.message);
  error.name = failure.name;
  if (failure.stack !== undefined) error.stack = failure.stack;
  if (failure.code !== undefined) Object.assign(error, { code: failure.code });
  return error;
}

export class Requests {
  #number = 0;
  readonly #pending = new Map<number, Pending>();

  /** Begins a request; `send` is given its number. Rejects with a coded error. */
  begin(to: string, action: string, options: RequestOptions, send: (id: number) => void): Promise<unknown> {
    const { timeout = TIMEOUT, signal } = options;
    if (signal?.aborted === true) return Promise.reject(new BroodError('BROOD_REQUEST_ABORTED', { action, to }, { cause: signal.reason }));
    this.#number = (this.#number % NUMBERS) + 1;
    const id = this.#number;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.fail(id, 'BROOD_REQUEST_TIMEOUT', { timeout }), timeout);
      const abort = (): void => this.fail(id, 'BROOD_REQUEST_ABORTED', {}, signal?.reason);
      signal?.addEventListener('abort', abort, { once: true });
      const settle = (error: unknown, answer: unknown): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        this.#pending.delete(id);
        if (error === undefined) resolve(answer);
        else reject(error);
      };
      this.#pending.set(id, { peer: -1, action, to, settle });
      try {
        send(id);
      } catch (error) {
        settle(error, undefined);
      }
    });
  }

  /** It is on its way to `peer`; only that one may answer. */
  bind(id: number, peer: number): void {
    const pending = this.#pending.get(id);
    if (pending !== undefined) pending.peer = peer;
  }

  fail(id: number, code: ErrorCode, details: Readonly<Record<string, string | number>> = {}, cause?: unknown): void {
    const pending = this.#pending.get(id);
    pending?.settle(new BroodError(code, { action: pending.action, to: pending.to, ...details }, cause === undefined ? undefined : { cause }), undefined);
  }

  /** `false` when nobody waits for this answer of this peer. */
  answer(id: number, peer: number, answer: unknown): boolean {
    const pending = this.#pending.get(id);
    if (pending?.peer !== peer) return false;
    pending.settle(undefined, answer);
    return true;
  }

  /** As {@link answer}; no content means that the peer has no handler. */
  failure(id: number, peer: number, content: unknown): boolean {
    if (this.#pending.get(id)?.peer !== peer) return false;
    const failure = isFailure(content) ? content : failureOf(content);
    if (content === undefined) this.fail(id, 'BROOD_REQUEST_UNHANDLED');
    else this.fail(id, 'BROOD_REQUEST_FAILED', { reason: failure.message }, remoteError(failure));
    return true;
  }

  /** The peer is gone: what it was asked will not be answered. */
  gone(peer: number): void {
    for (const [id, pending] of this.#pending) if (pending.peer === peer) this.fail(id, 'BROOD_RECEIVER_GONE');
  }
}

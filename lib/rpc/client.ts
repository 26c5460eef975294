/** connectRpc(): a client of msgpack-rpc, for servers of serveRpc() and all others. */
import { BroodError, type ErrorCode } from '../errors.ts';
import { Codec } from './codec.ts';
import { errorOf, isRefusal, unsendable } from './failure.ts';
import { Link } from './link.ts';
import { MOST_ID, NOTIFICATION, REQUEST } from './message.ts';
import { addressText, clientSettings, type ClientSettings, type RpcClientOptions } from './options.ts';

export interface RpcCallOptions {
  /** Milliseconds until BROOD_RPC_TIMEOUT. Default: that of the client. */
  readonly timeout?: number;
  /** Aborts it: BROOD_RPC_ABORTED. The server is not told. */
  readonly signal?: AbortSignal;
}

interface Call {
  readonly id: number;
  readonly method: string;
  readonly bytes: Buffer;
  /** How often it was sent. */
  sent: number;
  settle(error: Error | undefined, result?: unknown): void;
}

/** A call that is refused so often by servers that end is given up. */
const MOST_SENT = 10;

export class RpcClient {
  readonly #settings: ClientSettings;
  readonly #codec: Codec;
  /** Where it is connected, as text. */
  readonly address: string;
  readonly #calls = new Map<number, Call>();
  /** Every connection that has not ended; one that is retired gets the answers to what was sent on it. */
  readonly #links = new Set<Link>();
  #link: Promise<Link> | undefined;
  #lastId = 0;
  #isClosed = false;

  /** @throws BROOD_RPC_PEER_MISSING, BROOD_OPTION_UNKNOWN, BROOD_OPTION_TYPE, BROOD_OPTION_CONFLICT */
  constructor(options: RpcClientOptions) {
    this.#settings = clientSettings(options);
    this.#codec = new Codec(this.#settings.limits, 'connectRpc()');
    this.address = addressText(this.#settings.where);
  }

  /** For connectRpc(). @throws BROOD_RPC_UNREACHABLE */
  async connect(): Promise<this> {
    await this.#connected();
    return this;
  }

  /** Calls that are not answered yet. */
  get pending(): number {
    return this.#calls.size;
  }

  /**
   * Calls `method` and resolves with its result. Rejects with BROOD_RPC_FAILED (the method threw; its error is the cause),
   * BROOD_RPC_TIMEOUT, BROOD_RPC_ABORTED, BROOD_RPC_LOST, BROOD_RPC_UNREACHABLE, BROOD_RPC_UNSENDABLE, BROOD_RPC_CLOSED.
   *
   * A call that the server has refused because it is about to end is sent again, over a new connection; one that may have
   * been carried out never is.
   */
  call<Result = unknown>(method: string, params: readonly unknown[] = [], { timeout = this.#settings.timeout, signal }: RpcCallOptions = {}): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(this.#error('BROOD_RPC_CLOSED', method));
      if (signal?.aborted === true) return reject(this.#error('BROOD_RPC_ABORTED', method, {}, signal.reason));
      const id = this.#nextId();
      const fail = (code: ErrorCode, details?: Readonly<Record<string, number>>, cause?: unknown): void =>
        call.settle(this.#error(code, method, details, cause));
      const timer = setTimeout(() => fail('BROOD_RPC_TIMEOUT', { timeout }), timeout);
      const abort = (): void => fail('BROOD_RPC_ABORTED', {}, signal?.reason);
      signal?.addEventListener('abort', abort, { once: true });
      const settle: Call['settle'] = (error, result) => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        this.#calls.delete(id);
        // What the method returns is known to the caller only.
        if (error === undefined) resolve(result as Result);
        else reject(error);
      };
      const bytes = this.#encode([REQUEST, id, method, params], method, settle);
      const call: Call = { id, method, bytes: bytes ?? Buffer.alloc(0), sent: 0, settle };
      if (bytes === undefined) return;
      this.#calls.set(id, call);
      this.#send(call);
    });
  }

  /**
   * Calls `method` without an answer; resolves when it is written. Rejects with BROOD_RPC_UNREACHABLE, BROOD_RPC_LOST,
   * BROOD_RPC_UNSENDABLE, BROOD_RPC_CLOSED.
   */
  async notify(method: string, params: readonly unknown[] = []): Promise<void> {
    if (this.#isClosed) throw this.#error('BROOD_RPC_CLOSED', method);
    let refused: Error | undefined;
    const bytes = this.#encode([NOTIFICATION, method, params], method, error => (refused = error));
    if (bytes === undefined) throw refused ?? unsendable('the params', method, undefined);
    let link = await this.#connected();
    while (link.isRetired) link = await this.#connected();
    if (!(await link.write(bytes))) throw this.#error('BROOD_RPC_LOST', method);
  }

  /** Ends the connection when what was notified is written; calls that wait reject with BROOD_RPC_CLOSED. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const call of this.#calls.values()) call.settle(this.#error('BROOD_RPC_CLOSED', call.method));
    // One that is just being made may still fail.
    await this.#link?.catch(() => {});
    await Promise.all([...this.#links].map(link => link.end()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #error(code: ErrorCode, method: string, details: Readonly<Record<string, number | string>> = {}, cause?: unknown): BroodError {
    return new BroodError(code, { method, address: this.address, ...details }, cause === undefined ? undefined : { cause });
  }

  #encode(message: readonly unknown[], method: string, failed: (error: Error) => void): Buffer | undefined {
    try {
      return this.#codec.encodeWithin(message);
    } catch (error) {
      failed(unsendable('the params', method, error));
      return undefined;
    }
  }

  #nextId(): number {
    do this.#lastId = this.#lastId >= MOST_ID ? 1 : this.#lastId + 1;
    while (this.#calls.has(this.#lastId));
    return this.#lastId;
  }

  /** The connection for new calls; made when there is none. */
  #connected(): Promise<Link> {
    this.#link ??= this.#open();
    return this.#link;
  }

  async #open(): Promise<Link> {
    const { where, limits, timeout } = this.#settings;
    const link = new Link(where, {
      limits,
      codec: this.#codec,
      answer: (id, error, result) => this.#answer(link, { id, error, result }),
      goodbye: () => this.#retire(link),
      ended: error => this.#ended(link, error),
    });
    this.#links.add(link);
    try {
      await link.opened(timeout);
      return link;
    } catch (error) {
      this.#links.delete(link);
      this.#link = undefined;
      throw new BroodError(
        'BROOD_RPC_UNREACHABLE',
        { address: this.address, reason: error instanceof Error ? error.message : String(error) },
        { cause: error },
      );
    }
  }

  #send(call: Call): void {
    this.#connected().then(
      link => {
        // It was aborted, or its time ran out, while the connection was made.
        if (this.#calls.get(call.id) !== call) return;
        // The server has said goodbye in this very moment.
        if (link.isRetired) return this.#send(call);
        call.sent++;
        link.request(call.id, call.bytes);
      },
      (error: Error) => call.settle(error),
    );
  }

  #answer(link: Link, { id, error, result }: { readonly id: number; readonly error: unknown; readonly result: unknown }): void {
    const call = this.#calls.get(id);
    const isGoing = error !== null && isRefusal(error);
    if (isGoing) this.#retire(link);
    // Nobody waits for it any more.
    if (call === undefined) return;
    if (isGoing && call.sent < MOST_SENT && !this.#isClosed) return this.#send(call);
    if (error === null || error === undefined) return call.settle(undefined, result);
    const cause = errorOf(error);
    call.settle(this.#error('BROOD_RPC_FAILED', call.method, { reason: cause.message }, cause));
  }

  /** Nothing new goes over it; it ends when everything that was sent on it is answered. */
  #retire(link: Link): void {
    if (link.isRetired) return;
    link.retire();
    this.#link = undefined;
  }

  #ended(link: Link, cause: Error | undefined): void {
    this.#links.delete(link);
    if (!link.isRetired) this.#link = undefined;
    link.isRetired = true;
    for (const id of link.unanswered) {
      const call = this.#calls.get(id);
      call?.settle(this.#error('BROOD_RPC_LOST', call.method, {}, cause));
    }
  }
}

/**
 * Connects to a server of msgpack-rpc: `{ port }`, `{ port, host }` or `{ path }`. A connection that ends is made again by
 * the next call.
 *
 * @throws BROOD_RPC_UNREACHABLE, BROOD_RPC_PEER_MISSING, BROOD_OPTION_UNKNOWN, BROOD_OPTION_TYPE, BROOD_OPTION_CONFLICT
 */
export const connectRpc = async (options: RpcClientOptions): Promise<RpcClient> => new RpcClient(options).connect();

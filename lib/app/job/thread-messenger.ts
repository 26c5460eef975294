/** The messenger of a thread of a job: what it is told goes to the main thread, whose messenger carries it. */
import { BroodError } from '../../errors.ts';
import { failureOf, remoteError, type RequestOptions } from '../../wire/requests.ts';
import { Listeners } from '../../wire/listeners.ts';
import type { Delivery, MailListener, RequestHandler } from '../../wire/messenger.ts';
import type { FromJobThread, Outcome, ToJobThread } from '../../thread-protocol.ts';
import type { JobMessenger } from './contract.ts';

type Post = (message: FromJobThread) => void;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export class ThreadMessenger implements JobMessenger {
  readonly #post: Post;
  readonly #listeners = new Listeners();
  /** How many listen to an action. */
  readonly #listening = new Map<string, number>();
  readonly #handlers = new Map<string, RequestHandler<unknown>>();
  readonly #waiting = new Map<number, Waiting>();
  #lastSeq = 0;

  constructor(post: Post) {
    this.#post = post;
  }

  on(action: string, listener: MailListener<unknown>): this {
    return this.#listen(action, listener, false);
  }

  once(action: string, listener: MailListener<unknown>): this {
    return this.#listen(action, listener, true);
  }

  off(action: string, listener: MailListener<unknown>): this {
    this.#listeners.remove(action, listener);
    return this;
  }

  broadcast(action: string, data?: unknown): Promise<Delivery> {
    return this.#send('all', action, data);
  }

  sendToApp(action: string, data?: unknown): Promise<Delivery> {
    return this.#send('app', action, data);
  }

  sendToAgent(action: string, data?: unknown): Promise<Delivery> {
    return this.#send('agent', action, data);
  }

  sendRandom(action: string, data?: unknown): Promise<Delivery> {
    return this.#send('random', action, data);
  }

  sendTo(to: number | string, action: string, data?: unknown): Promise<Delivery> {
    return this.#send(to, action, data);
  }

  send(action: string, data?: unknown, to?: number | string): Promise<Delivery> {
    return this.#send(to, action, data);
  }

  request<Answer = unknown>(
    to: string | number | readonly [number],
    action: string,
    data?: unknown,
    { timeout, signal }: RequestOptions = {},
  ): Promise<Answer> {
    const aborted = (): BroodError => new BroodError('BROOD_REQUEST_ABORTED', { action, to: String(to) }, { cause: signal?.reason });
    if (signal?.aborted === true) return Promise.reject(aborted());
    // What the handler over there answers is known to the caller only.
    const answer = this.#ask(action, seq => ({ kind: 'request', seq, to, action, content: data, timeout })) as Promise<Answer>;
    if (signal === undefined) return answer;
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(aborted());
      signal.addEventListener('abort', abort, { once: true });
      answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
    });
  }

  handle(action: string, handler: RequestHandler<unknown>): this {
    this.#handlers.set(action, handler);
    this.#post({ kind: 'handle', action });
    return this;
  }

  /** The main thread's word about mail; false for any other message. */
  hear(message: ToJobThread): boolean {
    switch (message.kind) {
      case 'mail':
        this.#listeners.call(message.action, message.content);
        return true;
      case 'asked':
        void this.#answer(message);
        return true;
      case 'settled': {
        const waiting = this.#waiting.get(message.seq);
        this.#waiting.delete(message.seq);
        if ('value' in message.outcome) waiting?.resolve(message.outcome.value);
        else waiting?.reject(remoteError(message.outcome.failure));
        return true;
      }
      default:
        return false;
    }
  }

  #send(to: number | string | undefined, action: string, data: unknown): Promise<Delivery> {
    // Proven by the main thread: it answers what a send of its own has given.
    return this.#ask(action, seq => ({ kind: 'send', seq, to, action, content: data })) as Promise<Delivery>;
  }

  #ask(action: string, messageOf: (seq: number) => FromJobThread): Promise<unknown> {
    const seq = ++this.#lastSeq;
    try {
      this.#post(messageOf(seq));
    } catch (error) {
      // As at once as in the main thread: it cannot be copied.
      throw new BroodError(
        'BROOD_MAIL_UNSENDABLE',
        { action, path: 'the data', actual: error instanceof Error ? error.message : String(error) },
        { cause: error },
      );
    }
    return new Promise((resolve, reject) => this.#waiting.set(seq, { resolve, reject }));
  }

  async #answer({ seq, action, content, from }: Extract<ToJobThread, { kind: 'asked' }>): Promise<void> {
    const answered = (outcome: Outcome): void => this.#post({ kind: 'answered', seq, outcome });
    try {
      answered({ value: await this.#handlers.get(action)?.(content, { from }) });
    } catch (error) {
      answered({ failure: failureOf(error) });
    }
  }

  #listen(action: string, listener: MailListener<unknown>, once: boolean): this {
    this.#listeners.add(action, listener, once);
    const known = this.#listening.get(action) ?? 0;
    this.#listening.set(action, known + 1);
    if (known === 0) this.#post({ kind: 'listen', action, on: true });
    return this;
  }
}

/** Carries the messages of the threads of a job: the messenger of the process stands in for each of them. */
import type { Messenger } from '../../wire/messenger.ts';
import { failureOf, remoteError } from '../../wire/requests.ts';
import type { FromJobThread, Outcome } from '../../thread-protocol.ts';
import type { OneThread } from './one-thread.ts';

interface Asked {
  readonly thread: OneThread;
  settle(outcome: Outcome): void;
}

const ENDED: Outcome = { failure: { name: 'Error', message: 'the thread that was asked has ended' } };

export class ThreadMail {
  readonly #messenger: Messenger;
  /** By action, who listens; and what listens for them at the messenger. */
  readonly #listening = new Map<string, { readonly threads: Set<OneThread>; readonly listener: (content: unknown) => void }>();
  /** By action, who answers, in turn. */
  readonly #handling = new Map<string, OneThread[]>();
  readonly #asked = new Map<number, Asked>();
  #lastSeq = 0;

  constructor(messenger: Messenger) {
    this.#messenger = messenger;
  }

  hear(thread: OneThread, message: FromJobThread): void {
    switch (message.kind) {
      case 'send':
        return this.#settle(thread, message.seq, () => this.#messenger.send(message.action, message.content, message.to));
      case 'request': {
        const { to, action, content, timeout } = message;
        return this.#settle(thread, message.seq, () =>
          this.#messenger.request(typeof to === 'object' ? ([to[0]] as const) : to, action, content, timeout === undefined ? {} : { timeout }),
        );
      }
      case 'listen':
        return message.on ? this.#listen(thread, message.action) : this.#unlisten(thread, message.action);
      case 'handle':
        return this.#handle(thread, message.action);
      case 'answered':
        return this.#asked.get(message.seq)?.settle(message.outcome);
      default:
        return;
    }
  }

  /** It has ended: nobody listens there, and what it was asked is not answered. */
  end(thread: OneThread): void {
    for (const action of this.#listening.keys()) this.#unlisten(thread, action);
    for (const [action, threads] of this.#handling)
      this.#handling.set(
        action,
        threads.filter(other => other !== thread),
      );
    for (const asked of this.#asked.values()) if (asked.thread === thread) asked.settle(ENDED);
  }

  #settle(thread: OneThread, seq: number, act: () => Promise<unknown>): void {
    const settled = (outcome: Outcome): void => thread.tell({ kind: 'settled', seq, outcome });
    // What cannot be sent is thrown.
    const acted = async (): Promise<unknown> => act();
    acted().then(
      value => settled({ value }),
      (error: unknown) => settled({ failure: failureOf(error) }),
    );
  }

  #listen(thread: OneThread, action: string): void {
    const known = this.#listening.get(action);
    if (known !== undefined) return void known.threads.add(thread);
    const threads = new Set([thread]);
    const listener = (content: unknown): void => {
      for (const each of threads) each.tell({ kind: 'mail', action, content });
    };
    this.#listening.set(action, { threads, listener });
    this.#messenger.on(action, listener);
  }

  #unlisten(thread: OneThread, action: string): void {
    const known = this.#listening.get(action);
    if (known?.threads.delete(thread) !== true || known.threads.size > 0) return;
    this.#listening.delete(action);
    this.#messenger.off(action, known.listener);
  }

  #handle(thread: OneThread, action: string): void {
    const known = this.#handling.get(action);
    if (known !== undefined) {
      if (!known.includes(thread)) known.push(thread);
      return;
    }
    this.#handling.set(action, [thread]);
    this.#messenger.handle(action, (content, { from }) => this.#ask(action, content, from));
  }

  /** Asks one thread, then the next. */
  #ask(action: string, content: unknown, from: number): Promise<unknown> {
    const threads = this.#handling.get(action) ?? [];
    const thread = threads.shift();
    if (thread === undefined) return Promise.reject(new Error('no thread is there that answers'));
    threads.push(thread);
    const seq = ++this.#lastSeq;
    return new Promise((resolve, reject) => {
      const settle = (outcome: Outcome): void => {
        this.#asked.delete(seq);
        if ('value' in outcome) resolve(outcome.value);
        else reject(remoteError(outcome.failure));
      };
      this.#asked.set(seq, { thread, settle });
      thread.tell({ kind: 'asked', seq, action, content, from });
    });
  }
}

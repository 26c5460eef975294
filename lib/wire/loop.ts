/** The way of mail to the own process: through the codec like all other mail, at the end of the tick. */
import type { Encoder } from './encode.ts';
import { Inbox } from './inbox.ts';
import type { Mail } from './mail.ts';
import { Outbox, recycle } from './outbox.ts';
import { Reader } from './reader.ts';

export class Loop {
  scheduled = false;
  awaited = false;
  readonly #limit: number;
  readonly #drained: () => void;
  readonly #outbox = new Outbox();
  readonly #inbox: Inbox;
  #open = false;

  constructor(limit: number, deliver: (mail: Mail) => void, drained: () => void) {
    this.#limit = limit;
    this.#drained = drained;
    const reader = new Reader(deliver);
    this.#inbox = new Inbox(Number.MAX_SAFE_INTEGER, (kind, body) => reader.frame(kind, body));
  }

  get queued(): number {
    return this.#outbox.queued;
  }

  get messages(): number {
    return this.#outbox.messages;
  }

  get full(): boolean {
    return this.#outbox.queued > 2 * this.#limit;
  }

  post(encoder: Encoder): boolean {
    if (this.full) return false;
    this.#outbox.append(encoder);
    return true;
  }

  /** From now on messages are delivered. */
  open(): void {
    this.#open = true;
    this.flush();
  }

  /** Delivers what was queued when it is called; what listeners send meanwhile is left for the next tick. */
  flush(): void {
    if (!this.#open) return;
    this.#outbox.seal();
    for (let left = this.#outbox.messages; left > 0;) {
      const chunk = this.#outbox.take();
      if (chunk === undefined) break;
      left -= chunk.messages;
      this.#inbox.feed(chunk.bytes);
      recycle(chunk);
    }
    if (!this.awaited || this.queued > this.#limit / 2) return;
    this.awaited = false;
    this.#drained();
  }
}

/** What happens in the master, for any number of listeners: each has a queue of its own, and a slow one loses events, which it is told. */
import type { ControlEvent } from './api.ts';

/** So many events wait for one listener. */
const MOST_WAITING = 10_000;

type Kind = ControlEvent['kind'];

/** What may be listened for; that some are missing is said in any case. */
export const EVENT_KINDS: Readonly<Record<ControlEvent['kind'], true>> = { instance: true, death: true, log: true, state: true, missed: true };

interface Listener {
  readonly kinds: ReadonlySet<string> | undefined;
  readonly waiting: ControlEvent[];
  missed: number;
  wake: () => void;
}

export class EventBus {
  readonly #listeners = new Set<Listener>();

  /** Whether anybody wants events of this kind; what nobody wants need not be made. */
  wants(kind: Kind): boolean {
    for (const { kinds } of this.#listeners) if (kinds === undefined || kinds.has(kind)) return true;
    return false;
  }

  publish(event: ControlEvent): void {
    for (const listener of this.#listeners) {
      if (listener.kinds !== undefined && !listener.kinds.has(event.kind)) continue;
      if (listener.waiting.length >= MOST_WAITING) listener.missed++;
      else listener.waiting.push(event);
      listener.wake();
    }
  }

  /** Events of these kinds (default: all) from now on, until `signal` fires. */
  listen(kinds: readonly string[] | undefined, signal: AbortSignal): AsyncIterable<ControlEvent> {
    const listener: Listener = { kinds: kinds === undefined ? undefined : new Set(kinds), waiting: [], missed: 0, wake: () => {} };
    this.#listeners.add(listener);
    signal.addEventListener('abort', () => listener.wake());
    return this.#drain(listener, signal);
  }

  async *#drain(listener: Listener, signal: AbortSignal): AsyncGenerator<ControlEvent> {
    try {
      for (;;) {
        for (let event = listener.waiting.shift(); event !== undefined; event = listener.waiting.shift()) yield event;
        if (listener.missed > 0) {
          const count = listener.missed;
          listener.missed = 0;
          yield { kind: 'missed', count };
        }
        if (signal.aborted) return;
        if (listener.waiting.length > 0) continue;
        await new Promise<void>(resolve => {
          listener.wake = resolve;
        });
      }
    } finally {
      this.#listeners.delete(listener);
    }
  }
}

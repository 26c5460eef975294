/**
 * Keeps messages that come while an Egg application boots and that nobody listens for yet: egg 4 runs its hooks after
 * its messenger exists, so a message could come in between and be lost.
 */
import type { EventEmitter } from 'node:events';

/** So many are kept. */
const MOST_KEPT = 10_000;

/** Keeps them from now on; the result ends that. */
export function keepUnheard(messenger: EventEmitter): () => void {
  const kept = new Map<string | symbol, unknown[][]>();
  let count = 0;
  const emit = messenger.emit.bind(messenger);
  messenger.emit = (action: string | symbol, ...args: unknown[]): boolean => {
    if (messenger.listenerCount(action) > 0 || action === 'newListener' || count >= MOST_KEPT) return emit(action, ...args);
    count++;
    kept.set(action, [...(kept.get(action) ?? []), args]);
    return false;
  };
  const deliver = (action: string | symbol): void => {
    const all = kept.get(action);
    if (all === undefined) return;
    kept.delete(action);
    // The listener that is being added is there in the next turn.
    setImmediate(() => {
      for (const args of all) emit(action, ...args);
    });
  };
  messenger.on('newListener', deliver);
  return () => {
    messenger.off('newListener', deliver);
    messenger.emit = emit;
    kept.clear();
  };
}

/** Who listens to which action. A Map, so that no name of an action is special. */

export type AnyListener = (content: unknown) => unknown;

interface Entry {
  readonly listener: AnyListener;
  readonly once: boolean;
}

export class Listeners {
  /** Lists are replaced, never changed: one that is being called stays as it was. */
  readonly #entries = new Map<string, readonly Entry[]>();

  add(action: string, listener: AnyListener, once: boolean): void {
    this.#entries.set(action, [...(this.#entries.get(action) ?? []), { listener, once }]);
  }

  /** Removes the one that was added last. */
  remove(action: string, listener: AnyListener): void {
    const entries = this.#entries.get(action) ?? [];
    const last = entries.findLastIndex(entry => entry.listener === listener);
    if (last >= 0) this.#replace(action, entries.toSpliced(last, 1));
  }

  call(action: string, content: unknown): void {
    const entries = this.#entries.get(action);
    if (entries === undefined) return;
    for (const entry of entries) {
      if (entry.once) this.#take(action, entry);
      callSafely(entry.listener, content);
    }
  }

  #take(action: string, entry: Entry): void {
    this.#replace(
      action,
      (this.#entries.get(action) ?? []).filter(other => other !== entry),
    );
  }

  #replace(action: string, entries: readonly Entry[]): void {
    if (entries.length > 0) this.#entries.set(action, entries);
    else this.#entries.delete(action);
  }
}

/** What a listener throws is an uncaught exception of the process, on a stack of its own: the others still get the message, and the next ones. */
export function callSafely(listener: AnyListener, content: unknown): void {
  try {
    listener(content);
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}

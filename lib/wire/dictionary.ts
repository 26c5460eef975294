/** What a sender has named by a number so far: shapes of objects (lists of keys) and actions (lists of one). */
import { DICTIONARY_SIZE, SHAPE_KEYS } from './tags.ts';

/** One key further in the tree of all shapes; the last child is tried first, since records of one shape follow each other. */
export interface ShapeNode {
  readonly keys: readonly string[];
  /** The number of this shape, -1 while no object ended here. */
  number: number;
  lastKey: string | undefined;
  lastNode: ShapeNode | undefined;
  others: Map<string, ShapeNode> | undefined;
}

const node = (keys: readonly string[]): ShapeNode => ({ keys, number: -1, lastKey: undefined, lastNode: undefined, others: undefined });

/**
 * Numbers are process-wide, so that several receivers get the same bytes; each link announces the entries that its
 * receiver has not heard of. A full dictionary starts over with the next epoch, between two messages.
 */
export class Dictionary {
  epoch = 1;
  entries: (readonly string[])[] = [];
  root: ShapeNode = node([]);
  #actions = new Map<string, number>();
  #nodes = 0;

  /** To be called between two messages: numbers that were given out before are void if `epoch` has changed. */
  renew(): void {
    if (this.entries.length < DICTIONARY_SIZE && this.#nodes < 4 * DICTIONARY_SIZE) return;
    this.epoch += 1;
    this.entries = [];
    this.root = node([]);
    this.#actions = new Map();
    this.#nodes = 0;
  }

  /** The number of an action, or -1 when no more fit. */
  action(name: string): number {
    const known = this.#actions.get(name);
    if (known !== undefined) return known;
    const number = this.#enter([name]);
    if (number >= 0) this.#actions.set(name, number);
    return number;
  }

  /** The number of the shape that ends at `end`, or -1 when no more fit. */
  shape(end: ShapeNode): number {
    if (end.number < 0) end.number = this.#enter(end.keys);
    return end.number;
  }

  /** The node one key further, or `undefined` when this shape is not worth remembering. */
  step(from: ShapeNode, key: string): ShapeNode | undefined {
    if (from.lastKey === key) return from.lastNode;
    let next = from.others?.get(key);
    if (next === undefined) {
      if (from.keys.length >= SHAPE_KEYS || this.#nodes >= 4 * DICTIONARY_SIZE) return undefined;
      this.#nodes += 1;
      next = node([...from.keys, key]);
      if (from.lastKey !== undefined) {
        from.others ??= new Map();
        from.others.set(key, next);
        if (from.lastNode !== undefined) from.others.set(from.lastKey, from.lastNode);
      }
    }
    from.lastKey = key;
    from.lastNode = next;
    return next;
  }

  #enter(entry: readonly string[]): number {
    if (this.entries.length >= DICTIONARY_SIZE) return -1;
    return this.entries.push(entry) - 1;
  }
}

/** The objects of one message that were met so far. */

/** So many are compared one by one, which is faster than hashing them. */
const FEW = 48;

export class Seen {
  count = 0;
  readonly #list: (object | undefined)[] = [];
  /** All of them, once they are more than a few. */
  #many: Set<object | undefined> | undefined;

  /** `false` when the object was there before. */
  add(value: object): boolean {
    const { count } = this;
    const list = this.#list;
    if (this.#many !== undefined) {
      if (this.#many.has(value)) return false;
      this.#many.add(value);
    } else {
      for (let index = 0; index < count; index++) if (list[index] === value) return false;
      if (count === FEW) this.#many = new Set([...list.slice(0, count), value]);
    }
    list[count] = value;
    this.count = count + 1;
    return true;
  }

  /** Forgets all but the first `from`: no object is kept alive by the message it was part of. */
  forget(from: number): void {
    const list = this.#list;
    if (this.count > FEW) {
      if (from < FEW) this.#many = undefined;
      else for (let index = from; index < this.count; index++) this.#many?.delete(list[index]);
      list.length = Math.max(from, FEW);
    }
    for (let index = from; index < this.count && index < FEW; index++) list[index] = undefined;
    this.count = from;
  }
}

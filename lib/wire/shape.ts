/** How a receiver makes objects of one shape: by a literal compiled for it once it has proven common. */
/** Where values come from, in order. */
export interface Source {
  value(): unknown;
}

/** Reads the values of one object. */
type Build = (source: Source) => Record<string, unknown>;

/** After so many objects a shape is worth a function of its own. */
const COMMON = 12;

/** Sets an own key; one that is called `__proto__` never touches a prototype. */
export function put(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  else target[key] = value;
}

/** `undefined` where code generation is switched off (--disallow-code-generation-from-strings). */
function compile(keys: readonly string[]): Build | undefined {
  // A computed `__proto__` in a literal is an ordinary key; a literal one would be the prototype.
  const fields = keys.map(key => `${key === '__proto__' ? '["__proto__"]' : JSON.stringify(key)}: source.value()`);
  try {
    // The keys stand in the source as JSON strings, which are string literals of the language (ECMA-262 since 2019). The result is what Build says.
    // oxlint-disable-next-line typescript/no-implied-eval -- JSON strings and nothing else go into the source.
    return new Function('source', `return { ${fields.join(', ')} };`) as Build;
  } catch {
    return undefined;
  }
}

/** One entry of the dictionary of a receiver. */
export class Shape {
  readonly keys: readonly string[];
  #seen = 0;
  #build: Build | undefined;

  constructor(keys: readonly string[]) {
    this.keys = keys;
  }

  read(source: Source): Record<string, unknown> {
    if (this.#build !== undefined) return this.#build(source);
    if (++this.#seen === COMMON) this.#build = compile(this.keys);
    const record: Record<string, unknown> = {};
    for (const key of this.keys) put(record, key, source.value());
    return record;
  }
}

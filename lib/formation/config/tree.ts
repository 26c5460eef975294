/** A configuration file as a tree of places: where each key and each value stands in the text, whatever the format. */

/** A way to a value: `['processes', 'worker', 'instances']`. */
export type Path = readonly (string | number)[];

/** Offsets into the text: the first character, and the one after the last. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Entry extends Span {
  readonly key: string;
  readonly value: Node;
  /** The value is named here by an alias, and stands elsewhere. */
  readonly alias?: Span;
}

export type Node = Span &
  (
    | { readonly kind: 'scalar'; readonly value: string | number | boolean | null }
    /** `open`: more keys may come from what only running it would tell (a spread). `block`: YAML's lines, with the column of the keys. */
    | { readonly kind: 'object'; readonly entries: readonly Entry[]; readonly open: boolean; readonly block?: number }
    | { readonly kind: 'list'; readonly items: readonly Node[]; readonly open: boolean; readonly block?: number }
    /** What only running it would tell. */
    | { readonly kind: 'computed' }
  );

/** The last one counts, as in the language. */
export const entryOf = (entries: readonly Entry[], key: string): Entry | undefined => entries.findLast(entry => entry.key === key);

/** How far down a path the tree goes: the node there, the entry that led to it, and the words of the path that are left. */
export interface Reached {
  readonly node: Node;
  readonly entry: Entry | undefined;
  readonly rest: Path;
}

export function reach(root: Node, path: Path): Reached {
  let node = root;
  let entry: Entry | undefined;
  for (const [depth, step] of path.entries()) {
    const next = node.kind === 'object' ? entryOf(node.entries, String(step)) : undefined;
    const value = next?.value ?? (node.kind === 'list' && typeof step === 'number' ? node.items[step] : undefined);
    if (value === undefined) return { node, entry, rest: path.slice(depth) };
    [node, entry] = [value, next];
  }
  return { node, entry, rest: [] };
}

/**
 * Where to point for a mistake at `path`: at its key or at its value. What is computed is pointed at as a whole; `undefined`
 * where it may have come from elsewhere (a spread).
 */
export function placeOf(root: Node, path: Path, part: 'key' | 'value'): Span | undefined {
  const { node, entry, rest } = reach(root, path);
  if (rest.length > 0 && (node.kind === 'object' || node.kind === 'list') && node.open) return undefined;
  return node.kind === 'computed' || (rest.length === 0 && part === 'value') ? node : (entry ?? node);
}

/** The value that a tree without computed parts stands for. Keys are own ones, `__proto__` too. */
export function valueOf(node: Node): unknown {
  const known = new Map<Node, unknown>();
  const build = (one: Node): unknown => {
    if (one.kind === 'scalar') return one.value;
    if (one.kind === 'computed') return undefined;
    const done = known.get(one);
    if (done !== undefined) return done;
    // What several aliases name is one value, so that a few lines cannot become gigabytes.
    const value = one.kind === 'list' ? one.items.map(build) : objectOf(one.entries.map(({ key, value: inner }) => [key, build(inner)]));
    known.set(one, value);
    return value;
  };
  return build(node);
}

function objectOf(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [key, value] of entries) Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
  return object;
}

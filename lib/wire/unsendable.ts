/** Says why a value cannot be sent: the path of the first thing in it that cannot be copied. */
import { types } from 'node:util';

const name = (value: unknown): string => {
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'symbol') return 'a symbol';
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`;
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  return `a ${types.isProxy(value) ? 'Proxy' : tag}`;
};

const step = (key: string): string => (/^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${/^\d+$/.test(key) ? key : JSON.stringify(key)}]`);

function* parts(value: object): Generator<readonly [string, unknown]> {
  if (types.isMap(value)) {
    let index = 0;
    for (const [key, content] of value) {
      yield [`.keys[${index}]`, key];
      yield [typeof key === 'string' ? `.get(${JSON.stringify(key)})` : `.values[${index}]`, content];
      index += 1;
    }
  } else if (types.isSet(value)) {
    let index = 0;
    for (const member of value) yield [`[${index++}]`, member];
  } else if (!ArrayBuffer.isView(value)) {
    for (const key of Object.keys(value)) yield [step(key), (value as Record<string, unknown>)[key]];
  }
}

const canCopy = (value: unknown): boolean => {
  try {
    const { deserialize, serialize } = process.getBuiltinModule('node:v8');
    deserialize(serialize(value));
    return true;
  } catch {
    return false;
  }
};

/** So deep a value may be nested: node:v8 reads it recursively, and the stack of the receiver ends before that of the sender. */
const MAX_NESTING = 1000;

const members = (value: object): unknown[] => {
  if (types.isMap(value)) return [...value].flat(1);
  if (types.isSet(value)) return [...value];
  return ArrayBuffer.isView(value) || types.isProxy(value) ? [] : Object.values(value);
};

/** Whether a recursion over `value`, in the order of its keys, goes deeper than can be read again. */
export function isNestedTooDeeply(value: unknown): boolean {
  const seen = new Set<unknown>();
  const open: unknown[] = [value];
  const depths = [0];
  while (open.length > 0) {
    const next = open.pop();
    const depth = depths.pop() ?? 0;
    if (typeof next !== 'object' || next === null || seen.has(next)) continue;
    if (depth > MAX_NESTING) return true;
    seen.add(next);
    const inside = members(next);
    for (let index = inside.length - 1; index >= 0; index--) {
      open.push(inside[index]);
      depths.push(depth + 1);
    }
  }
  return false;
}

/** The path and the kind of what cannot be copied in `value`, which itself is called `root`. */
export function findUnsendable(value: unknown, root = 'data'): { readonly path: string; readonly actual: string } {
  const seen = new Set<unknown>();
  // A list instead of a recursion: the value may be nested deeper than the stack.
  const open: { readonly path: string; readonly value: unknown }[] = [{ path: root, value }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next.value === 'function' || typeof next.value === 'symbol') return { path: next.path, actual: name(next.value) };
    if (typeof next.value !== 'object' || next.value === null || seen.has(next.value)) continue;
    seen.add(next.value);
    const { path, value: holder } = next;
    const inside = types.isProxy(holder) ? [] : [...parts(holder)];
    if (inside.length === 0 && !canCopy(holder)) return { path, actual: name(holder) };
    // The last in is the first out: reversed, the first one is found first.
    for (const [key, part] of inside.reverse()) open.push({ path: path + key, value: part });
  }
  return { path: root, actual: isNestedTooDeeply(value) ? `nested more than ${MAX_NESTING} levels deep` : name(value) };
}

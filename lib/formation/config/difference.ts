/** What has changed between two configurations, key by key. */
import { isRecord } from '../../policy/rules.ts';
import { isSecret, MASK, shownLine, shownWords } from '../../policy/secret-names.ts';

export interface Change {
  /** `processes.worker.instances` */
  readonly key: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** The value before, as it may be shown; left out of environment variables, and where there was none. */
  readonly before?: unknown;
  readonly after?: unknown;
}

/** A value as it may be shown: secrets are masked by their names. */
export function showable(key: string, value: unknown): unknown {
  if (Array.isArray(value)) {
    const words = value.filter(one => typeof one === 'string');
    return words.length === value.length && !isSecret(lastOf(key)) ? shownWords(words) : value.map(one => showable(key, one));
  }
  if (isRecord(value)) {
    // `{ name: 'Authorization', value: … }`, as Kubernetes writes a header.
    const isOfSecret = typeof value['name'] === 'string' && isSecret(value['name']);
    return Object.fromEntries(Object.entries(value).map(([inner, one]) => [inner, isOfSecret && inner === 'value' ? MASK : showable(inner, one)]));
  }
  if (isSecret(lastOf(key))) return MASK;
  return typeof value === 'string' ? shownLine(value) : value;
}

const lastOf = (key: string): string => key.slice(key.lastIndexOf('.') + 1);

/** Whether a key is an environment variable, which is told by its name alone. */
export const isVariable = (path: readonly string[]): boolean => path.at(-2) === 'env';

/** Every value by its key; a list is one value. An empty object counts, so that a process type of nothing is seen. */
export function flattened(
  config: Readonly<Record<string, unknown>>,
  path: readonly string[] = [],
): ReadonlyMap<string, { readonly path: readonly string[]; readonly value: unknown }> {
  const found = new Map<string, { readonly path: readonly string[]; readonly value: unknown }>();
  for (const [key, value] of Object.entries(config)) {
    const at = [...path, key];
    if (isRecord(value) && Object.keys(value).length > 0) for (const [inner, one] of flattened(value, at)) found.set(inner, one);
    else if (value !== undefined) found.set(at.join('.'), { path: at, value });
  }
  return found;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** By key, in the order of the newer one; what was removed comes last. */
export function difference(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): readonly Change[] {
  const [old, now] = [flattened(before), flattened(after)];
  const changes: Change[] = [];
  for (const [key, { path, value }] of now) {
    const was = old.get(key);
    if (was !== undefined && same(was.value, value)) continue;
    const change = was === undefined ? 'added' : 'changed';
    changes.push({
      key,
      change,
      ...(isVariable(path) ? {} : { ...(was === undefined ? {} : { before: showable(key, was.value) }), after: showable(key, value) }),
    });
  }
  for (const [key, { path, value }] of old) {
    if (!now.has(key)) changes.push({ key, change: 'removed', ...(isVariable(path) ? {} : { before: showable(key, value) }) });
  }
  return changes;
}

/** What has changed between two configurations, key by key. */
import { isRecord } from '../../policy/rules.ts';
import { isSecret, MASK, shownLine, shownWords } from '../../policy/secret-names.ts';

export interface ChangedKey {
  /** `processes.worker.instances` */
  readonly key: string;
  readonly change: 'added' | 'removed' | 'changed';
}

export interface Change extends ChangedKey {
  /** The value before, as it may be shown; left out of environment variables, where there was none, and where what may be shown of both is the same. */
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

type Config = Readonly<Record<string, unknown>>;

interface Compared extends ChangedKey {
  readonly path: readonly string[];
  /** As they are; none is `undefined`. */
  readonly was: unknown;
  readonly now: unknown;
}

/** By key, in the order of the newer one; what was removed comes last. */
function compared(before: Config, after: Config): readonly Compared[] {
  const [old, now] = [flattened(before), flattened(after)];
  const kept = [...now].flatMap(([key, { path, value }]): readonly Compared[] => {
    const was = old.get(key);
    if (was !== undefined && same(was.value, value)) return [];
    return [{ key, change: was === undefined ? 'added' : 'changed', path, was: was?.value, now: value }];
  });
  const gone = [...old].filter(([key]) => !now.has(key));
  return [...kept, ...gone.map(([key, { path, value }]): Compared => ({ key, change: 'removed', path, was: value, now: undefined }))];
}

function shown({ key, change, path, was, now }: Compared): Change {
  if (isVariable(path)) return { key, change };
  const [before, after] = [was, now].map(value => (value === undefined ? undefined : showable(key, value)));
  // A secret is another one; its mask says nothing of that.
  if (same(before, after)) return { key, change };
  return { key, change, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

/** What has changed, with the values as they may be shown. */
export const difference = (before: Config, after: Config): readonly Change[] => compared(before, after).map(shown);

/** The same without the values. */
export const changedKeys = (before: Config, after: Config): readonly ChangedKey[] => compared(before, after).map(({ key, change }) => ({ key, change }));

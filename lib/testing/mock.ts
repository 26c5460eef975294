/** Replaces members of objects for the length of a test. */
import { BroodError } from '../errors.ts';
import { nearest } from '../policy/nearest.ts';
import { shared } from './opened.ts';
import type { Replaced } from './opened.ts';
import { callerPlace } from './place.ts';

/** The arguments of each call, where the member is a function. */
export type CallsOf<Value> = Value extends (...parts: infer Parts) => unknown ? readonly Parts[] : readonly [];

/** A member that was replaced. */
export interface Mocked<Value> {
  /** What was there before. */
  readonly original: Value;
  /** The arguments of every call since then. */
  readonly calls: CallsOf<Value>;
  /** Puts back what was there before. */
  restore(): void;
}

type AnyFunction = (...parts: unknown[]) => unknown;
const isFunction = (value: unknown): value is AnyFunction => typeof value === 'function';

/** Behaves as `replacement`, and keeps what it was called with. */
function counted(replacement: AnyFunction, calls: unknown[][]): AnyFunction {
  return new Proxy(replacement, {
    apply(target, self: unknown, parts: unknown[]) {
      calls.push(parts);
      return Reflect.apply(target, self, parts);
    },
    construct(target, parts: unknown[], newTarget) {
      calls.push(parts);
      // Proven by the specification: constructors give objects.
      return Reflect.construct(target, parts, newTarget) as object;
    },
  });
}

const refused = (name: string, reason: string, remedy: string): BroodError => new BroodError('BROOD_TEST_MOCK', { name, reason, remedy });

/** Puts `value` in the place of the member; the result puts back what was there. */
function replace(target: object, name: PropertyKey, value: unknown): () => void {
  const own = Object.getOwnPropertyDescriptor(target, name);
  const enumerable = own?.enumerable ?? true;
  try {
    if (own !== undefined && !own.configurable && own.writable === true) {
      // The namespace of an ES module looks so, and refuses.
      const before: unknown = own.value;
      if (Reflect.set(target, name, value)) return () => void Reflect.set(target, name, before);
    } else if (Reflect.defineProperty(target, name, { value, enumerable, configurable: true, writable: true })) {
      return () => void (own === undefined ? Reflect.deleteProperty(target, name) : Reflect.defineProperty(target, name, own));
    }
  } catch (error) {
    throw refused(String(name), error instanceof Error ? error.message : String(error), 'Mock the object behind it.');
  }
  throw refused(
    String(name),
    'it is fixed: the object is frozen, or the namespace of an ES module',
    'Mock a member of an object that the module exports, such as an instance or a class.',
  );
}

/** As {@link mock}; `owner` restores it too. */
export function mockFor<Target extends object, Name extends keyof Target>(
  owner: object | undefined,
  target: Target,
  name: Name,
  replacement: Target[Name],
): Mocked<Target[Name]> {
  const text = String(name);
  if ((typeof target !== 'object' && typeof target !== 'function') || target === null)
    throw refused(text, 'there is no object', 'Give the object that has it.');
  if (!(name in target)) {
    const meant = nearest(text, Object.getOwnPropertyNames(target));
    throw refused(text, 'the object has no such member', meant === undefined ? 'Check the name.' : `Did you mean "${meant}"?`);
  }
  const original = target[name];
  const calls: unknown[][] = [];
  const undo = replace(target, name, isFunction(replacement) ? counted(replacement, calls) : replacement);
  const { replaced } = shared();
  const one: Replaced = {
    name: text,
    place: callerPlace(),
    owner,
    restore() {
      const index = replaced.indexOf(one);
      if (index < 0) return;
      replaced.splice(index, 1);
      undo();
    },
  };
  replaced.push(one);
  // Proven by counted(): one list of arguments for each call, none where it is no function.
  return { original, calls: calls as unknown as CallsOf<Target[Name]>, restore: one.restore };
}

/**
 * Replaces a member of an object, until restore(). A function is called in the place of the original one, with the same `this`,
 * and its calls are kept.
 *
 * @throws BROOD_TEST_MOCK when there is no such member, or when it cannot be replaced
 */
export function mock<Target extends object, Name extends keyof Target>(target: Target, name: Name, replacement: Target[Name]): Mocked<Target[Name]> {
  return mockFor(undefined, target, name, replacement);
}

/** Puts back everything that was mocked in this process, the last one first; with `owner` only what it has mocked. */
export function restoreOf(owner: object | undefined): void {
  for (const one of shared().replaced.toReversed()) if (owner === undefined || one.owner === owner) one.restore();
}

/** Puts back everything that mock() and the mock() of every application have replaced. */
export function restore(): void {
  restoreOf(undefined);
}

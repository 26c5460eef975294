/** A configuration in the keys of its file, with its values as everybody takes them: for people who compare it, or look something up in it. */
import { isRecord } from '../../policy/rules.ts';

/** `given` is what the file says, `settled` what became of it: short forms, which have other keys then, stay as they are written. */
export function inOwnWords(given: unknown, settled: unknown): unknown {
  if (!isRecord(given)) return isRecord(settled) || settled === undefined ? given : settled;
  const inner = isRecord(settled) ? settled : {};
  const own = Object.entries(given).filter(([, value]) => value !== undefined);
  const words = own.map(([key, value]) => [key, inOwnWords(value, Object.hasOwn(inner, key) ? inner[key] : undefined)] as const);
  // Variables come from files, too.
  const { env } = inner;
  return Object.fromEntries(isRecord(env) ? [...words.filter(([key]) => key !== 'env'), ['env', env]] : words);
}

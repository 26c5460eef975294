/** Readers of the values of flags: a word in, a value out, or a UsageError that names the flag. */
import { UsageError } from './tell.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A whole number from 0 on. */
export function count(text: string, flag: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`${flag} takes a whole number, got "${text}"`);
  return Number(text);
}

/** Milliseconds, from `30s`, `1.5m`, `200ms`. A number alone could mean anything, and is refused. */
export function duration(text: string, flag: string): number {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  const factor = UNITS[unit];
  if (factor === undefined) throw new UsageError(`${flag} takes a time such as 30s, 5m or 200ms, got "${text}"`);
  return Math.round(Number(amount) * factor);
}

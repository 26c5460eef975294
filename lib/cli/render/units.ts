/** Figures as people read them: sizes, times, shares. */
import { localDay, localTime } from '../../policy/local-time.ts';

const SIZES = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

const tenths = (value: number): string => value.toFixed(1).replace(/\.0$/, '');

/** `61 MB`, `1.2 GB`; of 1024, as memory is counted. */
export function size(bytes: number): string {
  let rest = bytes;
  let unit = 0;
  while (rest >= 999.5 && unit < SIZES.length - 1) {
    rest /= 1024;
    unit++;
  }
  return `${rest < 9.95 && unit > 2 ? rest.toFixed(1) : Math.round(rest)} ${SIZES[unit]}`;
}

const SPANS = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const;

/** How long something has lasted, in its two greatest units: `3d 4h`, `2h 10m`, `5s`. */
export function span(milliseconds: number): string {
  let seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const parts: string[] = [];
  for (const [unit, length] of SPANS) {
    const whole = Math.floor(seconds / length);
    seconds -= whole * length;
    if (whole > 0 || (unit === 's' && parts.length === 0)) parts.push(`${whole}${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}

/** How long something took, for a table: `0.8ms`, `18ms`, `1.3s`. */
export const brief = (milliseconds: number): string => took(milliseconds).replace(' ', '');

/** How long something took, for a sentence: `310 ms`, `1.6 s`, `2m 5s`. */
export function took(milliseconds: number): string {
  if (milliseconds < 9.95) return `${tenths(milliseconds)} ms`;
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  return milliseconds < 59_950 ? `${(milliseconds / 1000).toFixed(1)} s` : span(milliseconds);
}

/** A share of one: `1.2%`, `250%`. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value < 99.95 ? value.toFixed(1) : Math.round(value)}%`;
}

/** How many a second: `0.4`, `41`, `12.3k`. */
export function rate(perSecond: number): string {
  if (perSecond >= 9999.5) return `${(perSecond / 1000).toFixed(1)}k`;
  return perSecond < 9.95 ? tenths(perSecond) : String(Math.round(perSecond));
}

/** The local date of an ISO time: `2026-05-04`. */
export const day = (time: string): string => localDay(Date.parse(time));

/** The local time of day of an ISO time: `10:15:00`. */
export const timeOfDay = (time: string): string => localTime(Date.parse(time));

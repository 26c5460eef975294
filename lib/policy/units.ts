/** Times and sizes as people write them: `30s`, `512mb`. Pure. */

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** Of 1024, as memory is counted. */
const BYTES: Readonly<Record<string, number>> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

export const DURATION = /^(\d+(?:\.\d+)?) ?(ms|s|m|h|d)$/;
export const SIZE = /^(\d+(?:\.\d+)?) ?([bB]|[kKmMgG](?:[iI]?[bB])?)$/;

const amount = (found: RegExpExecArray | null, units: Readonly<Record<string, number>>, key: (unit: string) => string): number | undefined => {
  const [, number, unit] = found ?? [];
  const factor = unit === undefined ? undefined : units[key(unit)];
  return number === undefined || factor === undefined ? undefined : Math.round(Number(number) * factor);
};

/** `1.5s` → 1500; `undefined` for what is no time. */
export const milliseconds = (text: string): number | undefined => amount(DURATION.exec(text), MILLISECONDS, unit => unit);

/** `512mb` → 536870912; `undefined` for what is no size. */
export const bytes = (text: string): number | undefined => amount(SIZE.exec(text), BYTES, unit => (unit[0] ?? '').toLowerCase());

/** The levels of log lines, and their order. */

export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];
/** `none`: nothing is written. */
export type LeastLevel = Level | 'none';

export const isLevel = (value: unknown): value is LeastLevel => value === 'none' || LEVELS.some(level => level === value);

/** Position of a level; `none` is above all. */
export const rank = (level: LeastLevel): number => (level === 'none' ? LEVELS.length : LEVELS.indexOf(level));

export const levelOf = (position: number): LeastLevel => LEVELS[position] ?? 'none';

/** `BROOD_LOG_LEVEL`, which wins over every configuration. */
export function levelOfEnvironment(): LeastLevel | undefined {
  const level = process.env['BROOD_LOG_LEVEL']?.toLowerCase();
  return isLevel(level) ? level : undefined;
}

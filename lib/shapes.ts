/** The smallest guards: what a value that came from another process is made of. */

export const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
export const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
export const isText = (value: unknown, most = 4096): value is string => typeof value === 'string' && value.length <= most;
/** A number that can be added up: finite, not negative, and not beyond what adds without loss. */
export const isFigure = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
export const isListOf = (value: unknown, most: number, each: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.length <= most && value.every(each);

/** A number with its noun: `1 worker`, `3 workers`, `2 processes`. */
export const counted = (count: number, one: string, several = `${one}s`): string => `${count} ${count === 1 ? one : several}`;

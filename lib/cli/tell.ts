/** What the commands say to a person, on standard error: lines, errors, where something listens. */
import type { BroodError } from '../errors.ts';

/** A mistake in the words after `brood`; ends with exit code 2. */
export class UsageError extends Error {
  /** The command line is several bundles, each with a copy of this class. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'UsageError';
  }

  override readonly name = 'UsageError';
}

export const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** What Node.js puts before the stack of an error of parsing: the place, the line (of TypeScript those around it, too), a caret, and an empty line. */
const HEADER = /^\S.*:\d+\n(?:.*\n){1,4}?[\t ]*\^+[\t ]*\n(?:.+\n)*\n+/;

/** Node's own frames help nobody here. */
export const ownFrames = (stack: string): readonly string[] =>
  stack.split('\n').filter(line => !/\((?:node:|.*\/dist\/entries\/)/.test(line) && !/at (?:async )?node:/.test(line));

/** What is wrong, where, and what to do. `hint`: instead of the error's own. */
export function errorLines(error: BroodError, hint = error.hint): readonly string[] {
  const frame = error.details['frame'];
  const { cause } = error;
  const stack = cause instanceof Error ? cause.stack : undefined;
  return [
    error.message,
    ...(typeof frame === 'string' ? [frame] : []),
    // The source that was just shown is not shown again.
    ...(stack === undefined ? [] : ownFrames(typeof frame === 'string' ? stack.replace(HEADER, '') : stack)),
    hint,
  ];
}

export const tellError = (error: BroodError, hint?: string): void => say(`brood: ${errorLines(error, hint).join('\n')}`);

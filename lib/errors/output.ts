/** The errors of the output of instances: where it is kept, and how it is read. */
import type { ErrorEntry } from './entry.ts';

export const OUTPUT_ERRORS = {
  BROOD_LOG_DIRECTORY: {
    message: 'the output of the instances cannot be kept in {path}: {reason}',
    hint: 'Let this user write to it; a link is not followed.',
    exit: 1,
  },
  BROOD_LOG_DAMAGED: {
    message: 'the log file {path} is damaged: {reason}',
    hint: 'Move it away: the other files can be read without it. What it still holds shows zcat.',
    exit: 1,
  },
  BROOD_LOG_QUERY: { message: '{what} "{value}" cannot be understood', hint: 'Give {expected}.', exit: 2 },
  BROOD_LOG_PATTERN: {
    message: 'the pattern {pattern} takes too long on what was written',
    hint: 'It backtracks: leave out a repetition inside a repetition.',
    exit: 2,
  },
} as const satisfies Record<string, ErrorEntry>;

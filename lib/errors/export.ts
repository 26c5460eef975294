/** The errors of `brood export`. */
import type { ErrorEntry } from './entry.ts';

export const EXPORT_ERRORS = {
  BROOD_EXPORT_TEXT: { message: '{what} cannot be said in {target}: {reason}', hint: '{remedy}', exit: 1 },
  BROOD_EXPORT_NAME: {
    message: '{types} would all be named "{name}" in {target}',
    hint: 'Rename one of them: nothing was written.',
    exit: 1,
  },
} as const satisfies Record<string, ErrorEntry>;

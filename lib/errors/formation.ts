/** The errors of files that name the processes of an application: Procfiles and the like. */
import type { ErrorEntry } from './entry.ts';

export const FORMATION_ERRORS = {
  BROOD_NO_FILE: { message: 'there is no {file}', hint: '{suggestion}', exit: 2 },
  BROOD_ENV_FILE: { message: 'the file of variables {file} cannot be read: {reason}', hint: 'Correct its path or its permissions: --env-file FILE.', exit: 5 },
  BROOD_PROCFILE: { message: '{file} cannot be run: {mistakes}', hint: 'Mend it, and look again with brood check -f {file}', exit: 5 },
  BROOD_PROCFILE_MISSING: { message: 'there is no {file}', hint: '{suggestion}', exit: 2 },
  BROOD_PROCFILE_UNREADABLE: { message: '{file} cannot be read: {reason}', hint: '{remedy}', exit: 5 },
} as const satisfies Record<string, ErrorEntry>;

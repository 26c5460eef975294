/** The errors of app_desc.yaml, which describes an application of BlueKing. */
import type { ErrorEntry } from './entry.ts';

export const APP_DESC_ERRORS = {
  BROOD_APP_DESC: { message: '{file} cannot be run: {mistakes}', hint: 'Mend what is shown above: nothing has been started or changed.', exit: 5 },
  BROOD_APP_DESC_SEVERAL: { message: '{directory} has both app_desc.yaml and app_desc.yml', hint: 'Keep one of them.', exit: 5 },
  BROOD_APP_DESC_UNREADABLE: { message: '{file} cannot be read: {reason}', hint: 'Check its path and its permissions.', exit: 5 },
  BROOD_APP_DESC_CONFLICT: {
    message: '{file} and {procfile} define different processes: {names}',
    hint: 'Make them say the same, or take the processes out of one of them.',
    exit: 5,
  },
  BROOD_APP_DESC_EMPTY: { message: '{file} names no process, and there is no Procfile', hint: 'Add processes to the module, or write a Procfile.', exit: 5 },
} as const satisfies Record<string, ErrorEntry>;

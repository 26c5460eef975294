/** The errors of messages and requests. */
import type { ErrorEntry } from './entry.ts';

export const MAIL_ERRORS = {
  BROOD_MAIL_UNSENDABLE: {
    message: 'cannot send "{action}": {path} is {actual}',
    hint: 'A message may hold what structuredClone() can copy; leave out functions and symbols.',
    exit: 1,
  },
  BROOD_MAIL_TOO_LARGE: {
    message: 'cannot send "{action}": {size} bytes are more than the limit of {limit}',
    hint: 'Send it in parts, hand over a file name, or raise the option "mailLimit".',
    exit: 1,
  },
  BROOD_MAIL_ACTION: { message: 'an action is a non-empty string, got {actual}', hint: 'Name the message: messenger.sendToApp("refresh", data).', exit: 1 },
  BROOD_MAIL_RESERVED: { message: 'the action "{action}" is Brood\'s own', hint: 'It tells listeners that everyone is ready; choose another name.', exit: 1 },
  BROOD_REQUEST_TIMEOUT: {
    message: 'no answer to "{action}" from {to} within {timeout} ms',
    hint: 'Look at its handler, or raise the option "timeout" of the request.',
    exit: 1,
  },
  BROOD_REQUEST_ABORTED: { message: 'the request "{action}" to {to} was aborted', hint: 'The signal that was given to it fired.', exit: 1 },
  BROOD_REQUEST_FAILED: { message: '"{action}" failed at {to}: {reason}', hint: 'The handler threw this error.', exit: 1 },
  BROOD_REQUEST_UNHANDLED: { message: '{to} has no handler for "{action}"', hint: 'Register one there: messenger.handle("{action}", fn).', exit: 1 },
  BROOD_RECEIVER_GONE: { message: '{to} ended before it answered "{action}"', hint: 'Send the request again; another instance may answer.', exit: 1 },
  BROOD_RECEIVER_NONE: { message: 'nobody to ask "{action}": {to} is not there', hint: 'Wait for messenger.on("ready"), or check the receiver.', exit: 1 },
} as const satisfies Record<string, ErrorEntry>;

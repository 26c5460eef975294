/** The errors of remote procedure calls. */
import type { ErrorEntry } from './entry.ts';

export const RPC_ERRORS = {
  BROOD_RPC_PEER_MISSING: {
    message: '{member} needs the package "{package}", which is found neither from {cwd} nor from Brood',
    hint: 'Install it: npm install {package}',
    exit: 1,
  },
  BROOD_RPC_METHODS: {
    message: '"{path}" is no method: it is {actual}',
    hint: 'Give functions, and plain objects of functions as namespaces; the methods of a class are handed over by name: { add: (a, b) => service.add(a, b) }.',
    exit: 5,
  },
  BROOD_RPC_METHOD_TWICE: {
    message: 'two methods have the name "{method}"',
    hint: 'A name with a dot is the same as a namespace; rename one of them.',
    exit: 5,
  },
  BROOD_RPC_ADDRESS: {
    message: 'commands are not served on {host}: everybody who reaches them may call them',
    hint: 'Use a unix socket ("path"), or leave out "host": then it is the loopback address.',
    exit: 5,
  },
  BROOD_RPC_METHOD_UNKNOWN: { message: 'there is no method "{method}"', hint: 'Check its name; a namespace is written with a dot.', exit: 1 },
  BROOD_RPC_INVALID: {
    message: 'the message is no call: {reason}',
    hint: 'A request is [0, msgid, method, params], a notification [2, method, params]; params is an array.',
    exit: 1,
  },
  BROOD_RPC_MALFORMED: {
    message: 'the bytes are no message of msgpack-rpc: {reason}',
    hint: 'Nothing after them can be read; the connection ends. Check what speaks at the other end.',
    exit: 1,
  },
  BROOD_RPC_LIMIT: {
    message: 'a message is too large: {reason}',
    hint: 'Nothing after it is read; the connection ends. Send less at a time, or raise the option "{option}".',
    exit: 1,
  },
  BROOD_RPC_UNSENDABLE: {
    message: '{what} of "{method}" cannot be sent: {reason}',
    hint: 'A message holds what MessagePack can: null, booleans, numbers, bigint up to 64 bits, text, bytes, dates, arrays and plain objects.',
    exit: 1,
  },
  BROOD_RPC_LEAVING: {
    message: 'the server is about to end and has not begun "{method}"',
    hint: 'Call it again over a new connection; connectRpc() does so by itself.',
    exit: 1,
  },
  BROOD_RPC_CLIENT_GONE: { message: 'the client has closed the connection', hint: 'Nobody waits for the result any more.', exit: 1 },
  BROOD_RPC_FAILED: { message: '"{method}" failed at {address}: {reason}', hint: 'The method threw this error; it is the cause of this one.', exit: 1 },
  BROOD_RPC_TIMEOUT: {
    message: 'no answer to "{method}" from {address} within {timeout} ms',
    hint: 'Look at the method, or raise the option "timeout" of the call.',
    exit: 1,
  },
  BROOD_RPC_ABORTED: { message: 'the call of "{method}" at {address} was aborted', hint: 'The signal that was given to it fired.', exit: 1 },
  BROOD_RPC_LOST: {
    message: 'the connection to {address} ended before "{method}" was answered',
    hint: 'Whether it was carried out is not known. The next call connects again.',
    exit: 1,
  },
  BROOD_RPC_UNREACHABLE: { message: 'cannot connect to {address}: {reason}', hint: 'Check the address, and that the server runs.', exit: 1 },
  BROOD_RPC_CLOSED: { message: 'the client of {address} is closed', hint: 'Connect a new one.', exit: 1 },
} as const satisfies Record<string, ErrorEntry>;

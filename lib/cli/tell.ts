/** What the commands say to a person, on standard error: lines, errors, where something listens. */
import type { BroodError } from '../errors.ts';
import type { Address } from '../model.ts';

/** A mistake in the words after `brood`; ends with exit code 2. */
export class UsageError extends Error {}

export const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** What V8 puts before the stack of an error of parsing: the place, the line, and a caret under it. */
const HEADER = /^\S.*:\d+\n.*\n[\t ]*\^+[\t ]*\n+/;

/** What is wrong, where, and what to do. `hint`: instead of the error's own. */
export function tellError(error: BroodError, hint = error.hint): void {
  const frame = error.details['frame'];
  const { cause } = error;
  say(`brood: ${error.message}`);
  if (typeof frame === 'string') say(frame);
  // Node's own frames help nobody here, nor does the source that was just shown.
  const stack =
    cause instanceof Error
      ? (typeof frame === 'string' ? cause.stack?.replace(HEADER, '') : cause.stack)
          ?.split('\n')
          .filter(line => !/\((?:node:|.*\/dist\/entries\/)/.test(line) && !/at (?:async )?node:/.test(line))
      : undefined;
  if (stack !== undefined) say(stack.join('\n'));
  say(hint);
}

/** An address of numbers with colons stands in brackets (RFC 3986, section 3.2.2). */
const hostOf = (host: string): string => (host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host);

/** As a person types it into a browser, or the path of a socket. */
export const urlOf = (address: Address): string => ('path' in address ? address.path : `${address.protocol}://${hostOf(address.host)}:${address.port}`);

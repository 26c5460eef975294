/** How an instance has ended, in the words of a person. */
import type { DeathStatus } from '../../daemon/api.ts';
import { plain } from './width.ts';

type Ended = Pick<DeathStatus, 'reason' | 'code' | 'signal'>;

const wayOf = ({ code, signal }: Ended): string => signal ?? `exit ${code ?? '?'}`;

/** Names that Node.js has given are longer than they need to be. */
const SHORT: Readonly<Record<string, string>> = { uncaughtException: 'exception', unhandledRejection: 'rejection' };
export const reasonOf = (reason: string): string => SHORT[reason] ?? reason;

/** `exit 1`, `SIGKILL`, `exception`. */
export const ending = (death: Ended): string => (death.reason === 'exit' || death.reason === 'signal' ? wayOf(death) : reasonOf(death.reason));

/** `exit 1`, `exception, exit 1`, `hang, SIGKILL`. */
export const fullEnding = (death: Ended): string => (ending(death) === wayOf(death) ? wayOf(death) : `${ending(death)}, ${wayOf(death)}`);

/** What Node.js writes around the error that ended it: frames, the caret, braces of its members, its version. */
const AROUND = /^(?:\s+at |\s*\^+\s*$|\s*[}\]]|Node\.js v\d|\s*$)/;
const ERROR = /^(?:Uncaught )?(?:[A-Z]\w*)?(?:Error|Exception)\b.*/;

/** The line that says why: the application's own error, or what it wrote last. */
export function causeOf({ error, lastLines }: Pick<DeathStatus, 'error' | 'lastLines'>): string | undefined {
  if (error !== undefined) return plain(error.message.split('\n')[0] ?? '');
  const lines = lastLines.map(plain);
  return (lines.findLast(line => ERROR.test(line)) ?? lines.findLast(line => !AROUND.test(line)))?.trim().replace(/^(?:Uncaught )?Error: /, '');
}

/** What a person calls a signal: `USR2`, `SIGUSR2`, `usr2` or `12`. */
import { nearest } from './nearest.ts';

export type SignalWord<Name extends string> =
  { readonly kind: 'signal'; readonly name: Name } | { readonly kind: 'unknown'; readonly near: string | undefined };

const bare = (name: string): string => name.replace(/^SIG/, '');

/** `table`: the signals of this system, by name. Of several names of one number the first one counts. */
export function signalOf<Name extends string>(word: string, table: Readonly<Record<Name, number>>): SignalWord<Name> {
  // Proven by its type: the table has no other keys.
  const names = Object.keys(table) as Name[];
  const upper = word.toUpperCase();
  const found = names.find(name => (/^\d+$/.test(word) ? table[name] === Number(word) : name === upper || bare(name) === upper));
  return found === undefined ? { kind: 'unknown', near: nearest(bare(upper), names.map(bare)) } : { kind: 'signal', name: found };
}

/** Those that are sent by hand, as completion offers them. */
export const SENT_BY_HAND: readonly (readonly [name: string, about: string])[] = [
  ['HUP', 'read the configuration again'],
  ['USR1', 'what the program makes of it'],
  ['USR2', 'what the program makes of it'],
  ['INT', 'as Ctrl-C'],
  ['QUIT', 'end, often with a dump'],
  ['TERM', 'end'],
  ['KILL', 'end at once'],
  ['WINCH', 'what the program makes of it'],
  ['TTIN', 'one worker more, of gunicorn and the like'],
  ['TTOU', 'one worker less, of gunicorn and the like'],
  ['STOP', 'stand still'],
  ['CONT', 'go on'],
];

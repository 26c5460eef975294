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

/** These are for everybody: they end what runs, or make it stand still, and nothing of it is to be left behind. */
const FOR_ALL: ReadonlySet<string> = new Set(['SIGABRT', 'SIGCONT', 'SIGINT', 'SIGIOT', 'SIGKILL', 'SIGQUIT', 'SIGSTOP', 'SIGTERM', 'SIGTSTP']);

/** Whether every process of an instance gets it, whatever it has said of it. */
export const isForAll = (name: string): boolean => FOR_ALL.has(name);

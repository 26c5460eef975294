/** Users and groups by name, as the system knows them: its files first, then `id` and `getent`, which also ask a directory service. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { BroodError } from '../../errors.ts';

export interface Identity {
  readonly uid: number;
  readonly gid: number;
  /** Of a user that the system knows. */
  readonly name?: string;
  readonly home?: string;
}

/** Fields of the entry whose field `at` is `key`. */
function entryIn(text: string, at: number, key: string): readonly string[] | undefined {
  return text
    .split('\n')
    .map(line => line.split(':'))
    .find(fields => fields[at] === key);
}

/** An entry of `passwd` or `group`, by name or number. */
function entryOf(database: 'passwd' | 'group', key: string | number): readonly string[] | undefined {
  const fields = typeof key === 'number' || /^\d+$/.test(key) ? [0, 2] : [0];
  const text = readFileSync(`/etc/${database}`, 'utf8');
  for (const at of fields) {
    const entry = entryIn(text, at, String(key));
    if (entry !== undefined) return entry;
  }
  const { status, stdout } = spawnSync('getent', [database, String(key)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return status === 0 ? stdout.trim().split(':') : undefined;
}

const numberOf = (key: string | number): number | undefined => (/^\d+$/.test(String(key)) ? Number(key) : undefined);

/**
 * Whom a process shall run as: `user` with its own group, or with `group`; `group` alone for this user in another one.
 *
 * @throws BROOD_USER_UNKNOWN
 */
export function identityOf(user: string | number | undefined, group: string | number | undefined): Identity {
  const person = entryOf('passwd', user ?? process.getuid?.() ?? 0);
  const uid = person === undefined ? numberOf(user ?? process.getuid?.() ?? 0) : Number(person[2]);
  if (uid === undefined) throw new BroodError('BROOD_USER_UNKNOWN', { what: 'user', name: user });
  const ownGroup = person === undefined ? undefined : Number(person[3]);
  const gid = group === undefined ? ownGroup : Number(entryOf('group', group)?.[2] ?? numberOf(group) ?? Number.NaN);
  if (gid === undefined) throw new BroodError('BROOD_USER_UNKNOWN', { what: 'group of user', name: user });
  if (Number.isNaN(gid)) throw new BroodError('BROOD_USER_UNKNOWN', { what: 'group', name: group });
  return { uid, gid, ...(person === undefined ? {} : { name: person[0] ?? '', home: person[5] ?? '/' }) };
}

/** Whether this process is that already. */
export const isOurs = ({ uid, gid }: Identity): boolean => uid === process.geteuid?.() && gid === process.getegid?.();

/** What programs read of whom they run as. */
export const environmentOfUser = ({ name, home }: Identity): Readonly<Record<string, string>> =>
  name === undefined ? {} : { USER: name, LOGNAME: name, ...(home === undefined ? {} : { HOME: home }) };

/** Flags that many commands take. */
import type { FlagEntry } from './command.ts';
import { duration } from './read-flag.ts';

/** Where the application is; every command that asks a master takes it. */
export const DIR_FLAG: FlagEntry = { name: 'dir', short: 'C', value: 'DIR', about: 'directory of the application (this one)' };
export const TIMEOUT_FLAG: FlagEntry = { name: 'timeout', short: 't', value: 'TIME', read: duration, about: 'give up waiting after 30s, 5m, … (never)' };
export const WAIT_FLAG: FlagEntry = { name: 'wait', negated: true, about: 'do not wait until it is done' };
export const JSON_FLAG: FlagEntry = { name: 'json', about: 'one JSON document' };

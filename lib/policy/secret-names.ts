/** Which keys hold secrets, by their names, so that their values are never shown. Pure. */

export const MASK = '********';

/** Words that make a name one of a secret; `apiKey` and `API_KEY` have the word key, `monkey` has not. */
const WORDS = /^(?:pass|pwd|private|salt|signature|dsn|auth|authorization|keys?)$/;
/** These end a name that is written in one word, too: `dbpassword`. */
const ENDS = /(?:password|passwd|passphrase|secret|token|credential|apikey)s?$/;

export function isSecret(name: string): boolean {
  const words = name.split(/[^A-Za-z\d]+|(?<=[a-z\d])(?=[A-Z])/).map(word => word.toLowerCase());
  return words.some(word => WORDS.test(word) || ENDS.test(word));
}

/** The user and password of an address: `postgres://user:pass@host`. */
const USER_INFO = /^([a-z][\w+.-]*:\/\/)[^@/\s]+@/i;

/** A variable that a shell line sets: `API_KEY=… node server.js`. */
const ASSIGNMENT = /(?<=^|[\s;&|(])([A-Za-z_]\w*)=(?:"[^"]*"|'[^']*'|[^\s;&|)"']+)/g;

/** A shell line, as it may be shown: values of variables that look like secrets are masked. */
export const shownLine = (line: string): string => line.replace(ASSIGNMENT, (all, name: string) => (isSecret(name) ? `${name}=${MASK}` : all));

/** `value`, as it may be shown: masked when its name, or a user name in an address, says so. */
export const shown = (name: string, value: string): string => (isSecret(name) ? MASK : value.replace(USER_INFO, `$1${MASK}@`));

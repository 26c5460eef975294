/** Which keys hold secrets, by their names, so that their values are never shown. Pure. */

export const MASK = '********';

/** Words that make a name one of a secret; `apiKey` and `API_KEY` have the word key, `monkey` has not. */
const WORDS = /^(?:pass|pwd|private|salt|signature|dsn|auth|authorization|cookie|keys?)$/;
/** These end a name that is written in one word, too: `dbpassword`. */
const ENDS = /(?:password|passwd|passphrase|secret|token|credential|apikey)s?$/;

export function isSecret(name: string): boolean {
  const words = name.split(/[^A-Za-z\d]+|(?<=[a-z\d])(?=[A-Z])/).map(word => word.toLowerCase());
  return words.some(word => WORDS.test(word) || ENDS.test(word));
}

/**
 * Who comes, in an address: `postgres://user:pass@host`. Up to the last @ before the path; a password that holds a / itself counts where
 * no port can be meant. Every repetition is bounded, or ends at what begins the next one: a long line takes time by its length alone.
 */
const USER_INFO = /(?<![\w+.-])([a-z][\w+.-]{0,30}:\/\/)(?:[^\s"'/?#]{0,300}|[^\s"'/?#:@]{0,100}:(?!\d{1,5}[/?#])[^\s"']{0,200})@/gi;

/** `value`, as it may be shown: masked when its name, or a user name in an address, says so. */
export const shown = (name: string, value: string): string => (isSecret(name) ? MASK : value.replaceAll(USER_INFO, `$1${MASK}@`));

/** What a shell takes for one word, or the rest of one: pieces in quotes and without, one after the other; a quote that is left open goes to the end. */
const WORD = String.raw`(?:"(?:[^"\\]|\\.)*(?:"|$)|'[^']*(?:'|$)|\\.|[^\s"'\\;&|()<>])`;
/** `API_TOKEN=abc`, `--password=abc`. */
const ASSIGNED = new RegExp(String.raw`(?<![\w"'-])(-{0,2}([A-Za-z_][\w-]{0,99})=)${WORD}*`, 'gs');
/** The same as a whole in quotes: `"API_TOKEN=abc def"`. */
const QUOTED = /(["'])([A-Za-z_][\w-]{0,99})=(?:(?!\1)[^\\]|\\.)*/gs;
/** `--password abc` */
const HANDED = new RegExp(String.raw`(?<![\w-])(--?([A-Za-z][\w-]{0,99})[ \t]{1,10})(?!-)${WORD}+`, 'gs');

/** A line of a shell, as it may be shown: what it sets or hands over by a secret name, and the user of an address, are masked. */
export const shownLine = (line: string): string =>
  line
    .replaceAll(QUOTED, (whole, quote: string, name: string) => (isSecret(name) ? `${quote}${name}=${MASK}` : whole))
    .replaceAll(ASSIGNED, (whole, head: string, name: string) => (isSecret(name) ? `${head}${MASK}` : whole))
    .replaceAll(HANDED, (whole, head: string, name: string) => (isSecret(name) ? `${head}${MASK}` : whole))
    .replaceAll(USER_INFO, `$1${MASK}@`);

/** `API_KEY: abc` in YAML, JSON or code. Of a pair `key: API_KEY`, `value: abc` the second is the value of nobody knows what. */
const SAID = /(?<![\w"'-])(["']?([A-Za-z_][\w-]{0,99})["']?[ \t]{0,10}:[ \t]{0,10})(?:"(?:[^"\\]|\\.)*"?|'[^']*'?|\[[^\]]+\]?|[^\s"'{}[\],][^,}]*)/g;
const isSaidSecret = (name: string): boolean => name === 'value' || (name !== 'key' && isSecret(name));

/** A line of a configuration file, as it may be shown. */
export const shownSource = (line: string): string =>
  shownLine(line.replaceAll(SAID, (whole, head: string, name: string) => (isSaidSecret(name) ? `${head}${MASK}` : whole)));

const VARIABLE = /^(\s*(?:export\s+)?([A-Za-z_]\w*)\s*=)/;

/** A line of a file of variables, as it may be shown: its value goes to the end of the line, and what is no variable may be part of one. */
export function shownVariable(line: string): string {
  const [, head, name = ''] = VARIABLE.exec(line) ?? [];
  if (head !== undefined) return isSecret(name) ? `${head}${MASK}` : shownLine(line);
  return /^\s*(?:#.*)?$/.test(line) ? line : line.replace(/\S.*$/, MASK);
}

const FLAG = /^--?([A-Za-z][\w-]*)$/;

/** The words of a command, as they may be shown. */
export const shownWords = (words: readonly string[]): readonly string[] =>
  words.map((word, index) => (isSecret(FLAG.exec(words[index - 1] ?? '')?.[1] ?? '') && !word.startsWith('-') ? MASK : shownLine(word)));

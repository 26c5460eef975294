/** Words and lines of a shell, so far as a configuration has to do with them. */

const SAFE = /^[\w@%+=:,./-]+$/;

/** A word as the shell reads it back. */
export const quoteWord = (word: string): string => (SAFE.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`);

/** What the shell does by itself, or what begins more than a command. */
const BUILTIN = new Set(
  '. : [ alias break case cd command continue do echo eval exec exit export false for if printf pwd read return set shift source test times trap true type ulimit umask until wait while'.split(
    ' ',
  ),
);

const ASSIGNMENT = /^[A-Za-z_]\w*=(?:'[^']*'|"[^"$`\\]*"|[\w@%+:,./-]*)\s+/;
const PLAIN_WORD = /^(?:'([^']+)'|"([^"$`\\]+)"|([\w@%+:,./-]+))(?=\s|$|[;&|<>])/;

/** A line without the variables that stand before its program. */
function withoutVariables(line: string): string {
  let rest = line.trimStart();
  for (let found = ASSIGNMENT.exec(rest); found !== null; found = ASSIGNMENT.exec(rest)) rest = rest.slice(found[0].length);
  return rest;
}

/** The program that a line begins with; `undefined` when only the shell could tell, or does it by itself. */
export function programOf(line: string): string | undefined {
  const rest = withoutVariables(line);
  const [whole, single, double, bare] = PLAIN_WORD.exec(rest) ?? [];
  const word = single ?? double ?? bare;
  if (whole === undefined || word === undefined) return undefined;
  // `exec node server.js`: what comes next is the program.
  if (word === 'exec') return programOf(rest.slice(whole.length));
  return BUILTIN.has(word) ? undefined : word;
}

/** A line for a command of exactly these words. It takes the place of the shell, so that a signal for the one is a signal for the other. */
export const execLine = (words: readonly string[]): string => `exec ${words.map(quoteWord).join(' ')}`;

/** More than one command, or one that only the shell can tell. */
const OPERATORS = /[;&|<>\n`(){}]/;
/** Quotes in which no shell looks for any: `'app:create()'`. */
const QUOTED = /'[^']*'|"[^"$`\\]*"/g;

/**
 * The line of a process that is handed a listening socket. As sd_listen_fds(3) has it, who takes it is the process whose pid LISTEN_PID
 * says: the shell becomes the program where its line is one program; where it is more than that, the pid is the shell's.
 */
export function lineWithSocket(line: string): string {
  const isOne = programOf(line) !== undefined && !OPERATORS.test(line.replaceAll(QUOTED, '')) && !/^exec\s/.test(withoutVariables(line));
  // Variables before a program are no words of exec, but of env.
  return `LISTEN_PID=$$; export LISTEN_PID; ${isOne ? `exec env ${line.trimStart()}` : line}`;
}

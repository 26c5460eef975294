/** Lines of a shell that quoting gets wrong, and what comes of one: the words and variables that a program is started with. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as fc from 'fast-check';
import type { ExportedApp, ExportedProcess } from '../../../lib/formation/exporters/model.ts';
import { quoteWord } from '../../../lib/formation/shell-words.ts';
import { withFiles } from '../../helpers/files.ts';

export interface Case {
  readonly line: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly port?: number;
}

/** Writes how many words it has got, the words, and its variables, in one step, to the file that OUT names. */
const SHOW = `#!/bin/sh\n{ printf '%s\\0' "$#" "$@"; env -0; } > "$OUT.part" && mv "$OUT.part" "$OUT"\n`;

const R = String.raw;
/** `./show` stands once in each. */
export const LINES: readonly Case[] = [
  { line: './show plain words' },
  { line: `./show 'a b' "c d" e\\ f ''` },
  { line: `./show it\\'s '"' "'" '\\' "\\\\" \\\\ 'end\\'` },
  { line: `./show 50% %h %% %%% %n %i '%(here)s' "%(here)s %(program_name)s" \\(x%\\) '%(ENV_HOME)s' 100%% %{x} %5` },
  { line: `./show "$PORT" '$PORT' "$PORT"x \${PORT} "\${NOPE:-none}" \\$PORT $((PORT + 1))`, port: 5000 },
  { line: "./show \"$#\" \"$0\" '$$' '$$$' '$(VAR)' '$$(VAR)' '${VAR}' \"$(echo sub)\" `echo old`" },
  { line: `exec ./show --name 'a b' --pct 50%` },
  { line: `A=1; B='2 ;3 #4'; ./show "$A" "$B" ; : # a comment; it ends 'here` },
  { line: `./show ';' ' ;x' ' #y' '# z' a#b "tab\t;and\t#" '\t' ;` },
  { line: './show one\n# a comment between\ntrue' },
  { line: 'x="first\nsecond"\n\n./show "$x" \'\n\' "\n\nend\n"\n' },
  { line: './show "$(cat <<END\n  $PORT 50% \\\\ "q" \'s\'\nEND\n)"', port: 6000 },
  { line: './show a \\\n  b \\\n  c' },
  { line: R`./show 'a\nb' "a\tb" \x41 '\u0041' '\0101' "\101" '\s' a\\b '\\\\' '%s\n'` },
  { line: './show "\r" \'\r\n\' "a\rb" "\u0001\u001b[31m\u007f" "\v\f\b"' },
  { line: './show naïve café 日本語 😀 "\u00a0" \u2028 "\u0085" "\ufeff" "e\u0301" \'$é\'' },
  { line: './show "*" "?" "[a-z]" "~" "{a,b}" "!x" "^" "a=b" "-" "--" "=" "@" ":" "," "&" "|" "<" ">"' },
  { line: 'echo x | cat >/dev/null && { ./show "pipe & group"; } || exit 3' },
  { line: `for i in 1 2 3; do n="$n$i"; done; ( ./show "$n" )` },
  { line: `sh -c './show "$1" "$2"' name 'nested "quotes"' '$HOME 100%'` },
  { line: `/bin/sh -c "./show \\"a 'b' c\\""` },
  { line: '  ./show "blanks around"  ' },
  { line: '"./show" "yes" no on off null 1e3 0o17 012 1:30 0x1F true "- a" "? b" ": c" "{d: e}" "[f]"' },
  { line: `./show "$A" "$B"`, env: { A: 'two words', B: 'x=y' } },
  { line: './show "$A"', env: { A: `it's "quoted"`, EMPTY: '', B: `'`, C: '"', D: `"both'`, E: `'x'`, F: '"x"' } },
  { line: './show "$A"', env: { A: '50% %h %(here)s %%', B: '$PORT ${X} $$ $(VAR)', C: 'back\\slash \\n \\\\', D: 'end\\' } },
  { line: './show "$A"', env: { A: 'a;b, c=d', B: ' ;x', C: ' #y', D: '#z', E: '  blanks  ', F: '\ttab\t' } },
  { line: './show "$A"', env: { A: 'first\nsecond\n', B: '\n', C: 'naïve 日本語 😀', D: 'yes', NO: 'on', y: '0o17', E: '1_000', F: '~' } },
  { line: './show "$A\n"', env: { A: 'cr\rlf' }, port: 7000 },
  { line: './show "$DATABASE_URL" "$API_KEY"', env: { DATABASE_URL: 'postgres://u:p%40@h/d?x=1&y=$2', API_KEY: 's3cr3t$%"\'' } },
];

/** Any text, with what matters to one of the targets more often than by chance. */
const text = fc
  .array(
    fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom(...Array.from('%$"\'\\ ;#\n\t\r(){}[]=:,&|<>*?~!`-abcX09é日😀')) },
      { weight: 1, arbitrary: fc.constantFrom('%(here)s', '$PORT', '$(A)', '${A}', '$$', ' ;', ' #', '%%', '\\n', '\\\n', '\u2028', '\u0085', '\u0001') },
      { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 5 }) },
    ),
    { maxLength: 12 },
  )
  .map(parts => parts.join('').replaceAll(/[\0\p{Surrogate}]/gu, ''));

const caseOf = (line: string, env: Case['env'] = {}, port?: number): Case => ({ line, env, ...(port === undefined ? {} : { port }) });

/** Calls of the program with any words and any variables. */
export const anyCase: fc.Arbitrary<Case> = fc
  .record({ words: fc.array(text, { maxLength: 4 }), a: text, b: text, port: fc.option(fc.integer({ min: 1024, max: 65_000 }), { nil: undefined }) })
  .map(({ words, a, b, port }) => caseOf(`./show ${words.map(quoteWord).join(' ')}`, { ANY_A: a, ANY_B: b }, port));

/** The table, and some more. */
export const cases = (more = 8): readonly Case[] => [...LINES, ...fc.sample(anyCase, more)];

/** Variables that no shell and no service manager has by itself. */
const declared = ({ env = {} }: Case): readonly string[] => [...Object.keys(env), 'PORT', 'SHARED'];
const COMMON = { SHARED: 'of all: 100% $x' };

export interface Shown {
  readonly words: readonly string[];
  readonly variables: Readonly<Record<string, string | undefined>>;
}

function shown(file: string, one: Case): Shown | undefined {
  if (!existsSync(file)) return undefined;
  const [count = '', ...rest] = readFileSync(file, 'utf8').split('\0');
  const words = rest.slice(0, Number(count));
  const all = Object.fromEntries(rest.slice(Number(count)).map(entry => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]));
  return { words, variables: Object.fromEntries(declared(one).map(name => [name, all[name]])) };
}

export interface Bench {
  readonly directory: string;
  readonly app: ExportedApp;
  readonly cases: readonly Case[];
  /** Where the program that this case starts writes. */
  readonly out: (index: number) => string;
  /** Runs what was exported of a case. */
  readonly run: Run;
  /** Starts every case as it was exported: it comes out as /bin/sh runs its line. */
  readonly assertStarts: (started: (one: Case, index: number) => Started) => Promise<void>;
  /** Every case has come out so. */
  readonly assertSame: () => Promise<void>;
}

/** What is started of a case. */
interface Started {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

type Run = (argv: readonly string[], env: Readonly<Record<string, string>>) => Promise<void>;

const startIn =
  (cwd: string): Run =>
  async ([file = '', ...words], env) => {
    await promisify(execFile)(file, words, { cwd, env: { PATH: process.env['PATH'], ...env }, timeout: 10_000 });
  };

function processOf(one: Case, index: number, place: { readonly cwd: string; readonly out: string }): ExportedProcess {
  const { line, env = {}, port } = one;
  const fixed = { instances: 1, isEntry: false, drainTimeout: 5000, killTimeout: 1000, restart: 'never', after: [] } as const;
  return { type: `c${index}`, command: line, env: { ...env, OUT: place.out }, cwd: place.cwd, ...fixed, ...(port === undefined ? {} : { port }) };
}

/** A directory with the program, and an application with a process type for each case, in a directory of an awkward name. */
export async function withBench(all: readonly Case[], use: (bench: Bench) => Promise<void> | void): Promise<void> {
  await withFiles({ [`the %app $x "y" 'z' é/show`]: SHOW }, async ({ directory }) => {
    const cwd = join(directory, `the %app $x "y" 'z' é`);
    chmodSync(join(cwd, 'show'), 0o755);
    const out = (index: number): string => join(directory, `out.${index}`);
    const processes = all.map((one, index) => processOf(one, index, { cwd, out: out(index) }));
    const run = startIn(cwd);
    const assertOne = async (one: Case, index: number): Promise<void> => {
      const wanted = join(directory, `wanted.${index}`);
      const port = one.port === undefined ? {} : { PORT: String(one.port) };
      await run(['/bin/sh', '-c', one.line], { ...COMMON, ...one.env, ...port, OUT: wanted });
      assert.deepEqual(shown(out(index), one), shown(wanted, one), `case ${index}: ${JSON.stringify(one)}`);
    };
    const assertSame = async (): Promise<void> => void (await Promise.all(all.map(assertOne)));
    const assertStarts: Bench['assertStarts'] = async started => {
      await Promise.all(
        all.map(async (one, index) => {
          const { argv, env } = started(one, index);
          await run(argv, env);
        }),
      );
      await assertSame();
    };
    const app = { name: 'nasty', baseDir: cwd, environment: COMMON, processes };
    await use({ directory, app, cases: all, out, run, assertStarts, assertSame });
  });
}

/** The table of what can be said of a Procfile. docs/procfile.md prints it; a test compares the two. */
import type { RemarkLevel } from '../remark.ts';

export interface RemarkEntry {
  /** `stray`, `name`: as bad as the profile has it. */
  readonly level: RemarkLevel | 'stray' | 'name';
  /** It is a warning where the file is read leniently. */
  readonly forgivable?: true;
  readonly message: string;
  readonly remedy: string;
}

export const REMARKS = {
  'byte-order-mark': {
    level: 'note',
    message: 'the file begins with a byte order mark, which is left out',
    remedy: 'Save it without one: most tools lose the first line to it.',
  },
  'indented-name': { level: 'warning', message: 'blanks stand before the name {name}', remedy: 'Take them out: most tools pass over the line.' },
  'blank-before-colon': {
    level: 'warning',
    message: 'blanks stand between the name {name} and its colon',
    remedy: 'Take them out: most tools pass over the line.',
  },
  'odd-character': { level: 'warning', message: '{character} is an ordinary character here', remedy: '{remedy}' },
  'trailing-backslash': {
    level: 'warning',
    message: 'a backslash at the end continues no line of a Procfile',
    remedy: 'Write the command in one line, or put it into a script.',
  },
  'quoted-command': {
    level: 'warning',
    message: 'the quotes make one word of the whole command',
    remedy: 'Take them out: the shell looks for a program of that name.',
  },
  'block-command': {
    level: 'warning',
    message: 'the whole command is {command}: a Procfile has no blocks of lines',
    remedy: 'Write the command in one line, or put it into a script.',
  },
  'stray-line': {
    level: 'stray',
    message: 'this is neither NAME: command nor a comment, and left out',
    remedy: 'Write it as NAME: command, or begin it with "#".',
  },
  'invalid-name': { level: 'error', forgivable: true, message: '{name} is no name of a process: {reasons}', remedy: 'Call it {proposal}.' },
  'unfit-name': { level: 'error', message: 'Brood cannot call a process {name}: {reasons}', remedy: 'Call it {proposal}.' },
  'profile-name': { level: 'name', message: '{who} cannot call a process {name}: {reasons}', remedy: 'Call it {proposal}.' },
  'own-name': { level: 'error', message: '{name} is a name that Brood uses itself', remedy: 'Call it {proposal}.' },
  'reserved-name': { level: 'warning', message: '{name} means {meaning}', remedy: 'Call it {proposal}.' },
  release: {
    level: 'note',
    message: '"release" is run before a release, and never starts with the formation',
    remedy: 'Give it another name if it is a process like the others.',
  },
  'empty-command': { level: 'error', forgivable: true, message: '{name} has no command', remedy: 'Write one behind the colon, or take the line out.' },
  'duplicate-name': {
    level: 'error',
    forgivable: true,
    message: '{name} stands in line {first} and in line {line}',
    remedy: 'Rename one of them, or take it out.',
  },
  'overridden-name': { level: 'warning', message: '{name} stands in line {line} again, and counts there', remedy: 'Take one of them out.' },
  'merge-marker': {
    level: 'error',
    forgivable: true,
    message: 'a merge was not finished here',
    remedy: 'Choose one side, and take out the lines that begin with <<<<<<<, ======= and >>>>>>>.',
  },
  nul: { level: 'error', forgivable: true, message: 'there is a NUL character in this line', remedy: 'The file is damaged, or no text: write the line anew.' },
  'empty-file': { level: 'error', forgivable: true, message: 'it names no process', remedy: 'Write a line such as web: node server.js' },
  'too-large': { level: 'error', message: 'it is too large for a Procfile: more than {most}', remedy: 'Put long commands into scripts.' },
  'too-many': { level: 'error', message: '{who} takes {most} processes, {name} is one more', remedy: 'Take out {over}, or put some together.' },
  yaml: { level: 'error', message: '{who} reads the file as YAML: {reason}', remedy: '{remedy}' },
} as const satisfies Record<string, RemarkEntry>;

export type RemarkRule = keyof typeof REMARKS;
export type RemarkDetails = Readonly<Record<string, string | number>>;

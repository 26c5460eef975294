/** What the tools that read line by line differ in, as data; read in their sources, of foreman and nf tried on the programs as well. */
import { PYTHON_LINE_END } from '../characters.ts';
import type { NothingRead, Tool } from './tool.ts';

export type LineTool = Extract<Tool, 'foreman' | 'honcho' | 'forego' | 'nf' | 'overmind' | 'hivemind' | 'goreman'>;

export interface LineDialect {
  /** What it takes for lines in one of the source. */
  readonly linesIn: (text: string, isLast: boolean) => readonly string[];
  /** A process, with the groups `name` and `command`. */
  readonly entry: RegExp;
  readonly trims?: true;
  /** The name must be one of NAMES. */
  readonly checksNames: boolean;
  /** A blank must stand behind the colon. */
  readonly wantsBlank?: true;
  /** What is passed over without a look. */
  readonly isNothing: (line: string) => boolean;
  /** What becomes of the others. */
  readonly stray: 'ignored' | 'error';
  readonly repeats: 'both' | 'error' | 'last';
  /** Of a file without a process. */
  readonly nothing: NothingRead;
  /** PORT of the first instance of the type in this place, from 0. */
  readonly port: (place: number, base: number) => number;
  /** A PORT of the .env file, or of the shell, is where its ports begin. */
  readonly takesPort?: true;
  /** What becomes of the others when one process ends. */
  readonly endsTogether: boolean;
  /** The option in which `all` means every process. */
  readonly everything?: string;
}

export const NAMES = /^[\w-]+$/;

// What a language takes for a blank; JavaScript counts the byte order mark.
const RUBY = /^(?<name>[\w-]+):[ \t\r\n\f\v]*(?<command>[^\n]+)$/;
const PYTHON = /^(?<name>[\w-]+):[^\S\uFEFF]*(?<command>[^\n]+)$/;
const GO = /^(?<name>[\w-]+):[ \t\r\n\f]*(?<command>[^\n]+)$/;
const GO_BLANK = /^(?<name>[\w-]+):[ \t\r\n\f]+(?<command>[^\n]+)$/;
const JAVASCRIPT = /^(?<name>[\w-]+):\s*(?<command>.+)$/m;
const FIRST_COLON = /^(?<name>[^:]*):(?<command>.*)$/s;

const hundreds = (place: number, base: number): number => base + 100 * place;
const isNone = (line: string): boolean => line.trim() === '' || line.trimStart().startsWith('#');
/** A scanner of Go takes the carriage return with the line feed. */
const goLine = (text: string): readonly string[] => [text.replace(/\r$/, '')];

const NOTHING_RUNS = { fate: 'ignored', why: 'no process: it starts nothing, and says nothing' } as const;
const REFUSES = { fate: 'error', why: 'no process: it ends with an error' } as const;

const HIVEMIND: LineDialect = {
  linesIn: goLine,
  entry: GO_BLANK,
  checksNames: true,
  wantsBlank: true,
  isNothing: isNone,
  stray: 'ignored',
  repeats: 'error',
  nothing: REFUSES,
  port: hundreds,
  endsTogether: true,
};

export const LINE_DIALECTS: Readonly<Record<LineTool, LineDialect>> = {
  foreman: {
    linesIn: (text, isLast) => [isLast ? text : text.replace(/\r$/, '')],
    entry: RUBY,
    checksNames: true,
    isNothing: isNone,
    stray: 'ignored',
    repeats: 'both',
    nothing: REFUSES,
    port: hundreds,
    takesPort: true,
    endsTogether: true,
    everything: '-m',
  },
  honcho: {
    linesIn: text => text.split(PYTHON_LINE_END),
    entry: PYTHON,
    checksNames: true,
    isNothing: isNone,
    stray: 'ignored',
    repeats: 'error',
    nothing: NOTHING_RUNS,
    port: hundreds,
    takesPort: true,
    endsTogether: true,
  },
  forego: {
    linesIn: goLine,
    entry: GO,
    checksNames: true,
    isNothing: isNone,
    stray: 'ignored',
    repeats: 'both',
    nothing: NOTHING_RUNS,
    // What it adds to the base stays added: 5000, 5100, 5300, 5600.
    port: (place, base) => base + 50 * place * (place + 1),
    takesPort: true,
    endsTogether: true,
    everything: '-c',
  },
  nf: {
    linesIn: text => [text],
    entry: JAVASCRIPT,
    trims: true,
    checksNames: true,
    // An indented comment, and a line of blanks, is a line to it.
    isNothing: line => line === '' || line.startsWith('#'),
    stray: 'error',
    repeats: 'last',
    nothing: NOTHING_RUNS,
    port: hundreds,
    takesPort: true,
    endsTogether: true,
  },
  overmind: { ...HIVEMIND, everything: '-m' },
  hivemind: HIVEMIND,
  goreman: {
    linesIn: text => [text],
    entry: FIRST_COLON,
    trims: true,
    checksNames: false,
    isNothing: isNone,
    stray: 'ignored',
    repeats: 'both',
    nothing: REFUSES,
    port: hundreds,
    endsTogether: false,
  },
};

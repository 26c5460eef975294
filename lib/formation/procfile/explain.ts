/** How the tools read a Procfile, line by line, and whether they agree. */
import { BASE_PORT } from '../from-procfile.ts';
import { readAsBlueKing } from './dialects/blueking.ts';
import { readAsBrood } from './dialects/brood.ts';
import { readAsHeroku } from './dialects/heroku.ts';
import { LINE_DIALECTS } from './dialects/line-dialect.ts';
import { readLines } from './dialects/read-lines.ts';
import { TOOLS } from './dialects/tool.ts';
import type { NothingRead, Reading, SourceLine, Tool } from './dialects/tool.ts';
import { isBlank, isComment } from './lines.ts';
import type { ReadYaml } from './procfile.ts';

/** By the tool, in the order of TOOLS. */
export type Readings = ReadonlyMap<Tool, Reading>;

export interface ExplainedLine {
  /** From 1. */
  readonly line: number;
  readonly text: string;
  readonly readings: Readings;
  /** Every tool that reads it takes it for the same; `undefined` where only one was asked. */
  readonly isPortable: boolean | undefined;
}

export interface Explanation {
  readonly lines: readonly ExplainedLine[];
  /** What becomes of the file where a tool finds no process in it. */
  readonly nothing: ReadonlyMap<Tool, NothingRead>;
  readonly isPortable: boolean | undefined;
}

const NOTHING: Readonly<Record<'heroku' | 'blueking' | 'brood', NothingRead>> = {
  heroku: { fate: 'ignored', why: 'no process: a warning' },
  blueking: { fate: 'error', why: 'no process: the file is no mapping' },
  brood: { fate: 'error', why: 'no process: an error' },
};

interface Beside {
  readonly lines: readonly SourceLine[];
  readonly yaml: ReadYaml;
  readonly basePort: number;
}

function readBy(tool: Tool, text: string, { lines, yaml, basePort }: Beside): ReadonlyMap<number, Reading> {
  switch (tool) {
    case 'heroku':
      return readAsHeroku(lines);
    case 'blueking':
      return readAsBlueKing(text, yaml);
    case 'brood':
      return readAsBrood(text, basePort);
    default: {
      const dialect = LINE_DIALECTS[tool];
      return readLines(lines, dialect, { isForego: tool === 'forego', base: dialect.takesPort === true ? basePort : BASE_PORT });
    }
  }
}

const nothingOf = (tool: Tool): NothingRead => (tool === 'heroku' || tool === 'blueking' || tool === 'brood' ? NOTHING[tool] : LINE_DIALECTS[tool].nothing);

/** Where a line stops a tool, the others are not run. */
function stopOf(tool: Tool, readings: ReadonlyMap<number, Reading>): Reading | undefined {
  const first = Math.min(
    ...[...readings]
      .filter(([, { fate }]) => fate === 'error')
      .slice(0, 1000)
      .map(([line]) => line),
  );
  if (first === Infinity) return undefined;
  const rest = tool === 'nf' ? '; with a package.json "npm start" runs as web' : '';
  return { fate: 'not-read', why: `line ${first} keeps the whole file from running${rest}` };
}

const isNothing = (source: string): boolean => isBlank(source) || isComment(source);

/** What becomes of a line with a tool that stops at another one, or that saw nothing in this one. */
function inWhole(source: string, reading: Reading | undefined, stop: Reading | undefined): Reading {
  if (reading !== undefined) return reading.fate === 'process' ? (stop ?? reading) : reading;
  if (stop !== undefined && !isNothing(source)) return stop;
  return { fate: 'ignored', why: isBlank(source) ? 'it is blank' : isComment(source) ? 'it is a comment' : 'it is not looked at' };
}

/** Blanks at the end mean nothing to a shell. */
function signature(reading: Reading): string {
  if (reading.fate !== 'process') return reading.fate;
  return [reading.name, reading.command.trim(), reading.starts === 'no' ? 'no' : 'yes', reading.differs === true ? 'differs' : ''].join('\u0000');
}

function agree(readings: Readings): boolean {
  const all = [...readings.values()].filter(({ fate }) => fate !== 'not-read');
  return all.every(({ fate }) => fate !== 'error') && new Set(all.map(signature)).size <= 1 && !all.some(one => one.fate === 'process' && one.differs === true);
}

const sourceLines = (text: string): readonly SourceLine[] => {
  const parts = text.split('\n');
  return parts.map((part, index) => ({ number: index + 1, text: part, isLast: index === parts.length - 1 }));
};

export interface ExplainOptions {
  readonly tools?: readonly Tool[];
  readonly yaml: ReadYaml;
  /** Where the ports of those begin who take the PORT of the .env file. */
  readonly basePort?: number;
}

/** What each of `tools` makes of each line that is something to one of them. */
export function explainProcfile(text: string, { tools = TOOLS, yaml, basePort = BASE_PORT }: ExplainOptions): Explanation {
  const lines = sourceLines(text);
  const byTool = TOOLS.filter(tool => tools.includes(tool)).map(tool => [tool, readBy(tool, text, { lines, yaml, basePort })] as const);
  const compares = byTool.length > 1;
  const stops = new Map(byTool.map(([tool, readings]) => [tool, stopOf(tool, readings)]));
  const explained = lines.flatMap(({ number, text: source }): readonly ExplainedLine[] => {
    if (byTool.every(([, readings]) => !readings.has(number))) return [];
    const readings = new Map(byTool.map(([tool, all]) => [tool, inWhole(source, all.get(number), stops.get(tool))]));
    return [{ line: number, text: source.replace(/\r$/, ''), readings, isPortable: compares ? agree(readings) : undefined }];
  });
  const nothing = new Map(
    byTool.filter(([, readings]) => [...readings.values()].every(({ fate }) => fate === 'ignored')).map(([tool]) => [tool, nothingOf(tool)] as const),
  );
  return { lines: explained, nothing, isPortable: compares ? nothing.size === 0 && explained.every(({ isPortable }) => isPortable) : undefined };
}

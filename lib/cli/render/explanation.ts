/** How the tools read a Procfile, as lines: those that read one the same stand together. */
import type { Reading, Tool } from '../../formation/procfile/dialects/tool.ts';
import type { Explanation, Readings } from '../../formation/procfile/explain.ts';
import { counted } from '../../policy/plural.ts';
import type { Paint, Style } from './colours.ts';
import { displayWidth, plain, shorten } from './width.ts';

export interface ExplanationLayout {
  readonly width: number;
  /** Commands are cut to the width. */
  readonly cuts: boolean;
  readonly paint: Paint;
}

/** Words in lines of this width; a word that is longer has a line of its own. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && displayWidth(line) + 1 + displayWidth(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

const STARTS = { yes: 'starts', no: 'does not start', 'when-scaled': 'starts when it is scaled up' } as const;

function portText({ port, starts }: Extract<Reading, { readonly fate: 'process' }>): string {
  if (port !== undefined) return `PORT ${port}, `;
  return starts === 'no' ? '' : "PORT is the platform's, ";
}

const STYLES: Readonly<Record<Reading['fate'], Style | undefined>> = { process: undefined, ignored: 'yellow', error: 'red', 'not-read': 'dim' };
const WORDS: Readonly<Record<Exclude<Reading['fate'], 'process'>, string>> = { ignored: 'ignored', error: 'error', 'not-read': 'not run' };

/** Name, PORT, whether it starts, the command; or what becomes of it. Then why. */
function readingLines(reading: Reading, { width, cuts, paint }: ExplanationLayout): readonly string[] {
  const style = STYLES[reading.fate];
  const painted = (line: string): string => `    ${style === undefined ? line : paint(style, line)}`;
  if (reading.fate !== 'process') return wrapped(`${WORDS[reading.fate]}: ${plain(reading.why)}`, width - 4).map(painted);
  const told = plain(`${reading.name}, ${portText(reading)}${STARTS[reading.starts]}: ${reading.command.replaceAll(/\s*\n\s*/g, ' ')}`);
  const why = reading.why === undefined ? [] : wrapped(plain(reading.why), width - 6).map(line => `      ${paint('yellow', line)}`);
  return [painted(cuts ? shorten(told, width - 4) : told), ...why];
}

/** Tools with the same reading, in the order of the first of each. */
function groups(readings: Readings): readonly (readonly [readonly Tool[], Reading])[] {
  const found = new Map<string, [Tool[], Reading]>();
  for (const [tool, reading] of readings) {
    const key = JSON.stringify(reading);
    const known = found.get(key);
    if (known === undefined) found.set(key, [[tool], reading]);
    else known[0].push(tool);
  }
  return [...found.values()];
}

function groupLines(readings: Readings, layout: ExplanationLayout): readonly string[] {
  return groups(readings).flatMap(([tools, reading]) => {
    const names = wrapped(tools.join(', '), layout.width - 2).map(line => `  ${layout.paint('cyan', line)}`);
    return names.concat(readingLines(reading, layout));
  });
}

/** `portable: no (3 lines)` */
function verdict({ lines, nothing, isPortable }: Explanation, paint: Paint): string {
  if (isPortable) return `portable: ${paint('green', 'yes')}`;
  const count = lines.filter(line => line.isPortable === false).length;
  const how = count > 0 ? counted(count, 'line') : `no process, to ${counted(nothing.size, 'tool')}`;
  return `portable: ${paint('red', 'no')} (${how})`;
}

/** A block for each line of the file, one for those who find nothing in it, and the verdict, where tools were compared. */
export function explanationLines(file: string, explanation: Explanation, layout: ExplanationLayout): readonly string[] {
  const { paint, width, cuts } = layout;
  const title = (text: string): string => paint('bold', cuts ? shorten(plain(text), width) : plain(text));
  const blocks = explanation.lines.map(({ line, text, readings }) => [title(`${file}:${line}  ${text}`), ...groupLines(readings, layout), '']);
  const none = explanation.nothing.size === 0 ? [] : [title(file), ...groupLines(explanation.nothing, layout), ''];
  const told = [...blocks.flat(), ...none];
  return explanation.isPortable === undefined ? told.slice(0, -1) : [...told, verdict(explanation, paint)];
}

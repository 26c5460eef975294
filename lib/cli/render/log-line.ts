/** A line of output as `brood logs` shows it: to a person on a terminal, byte for byte into a pipe, as JSON to a script. */
import { displayOf } from '../../policy/log-display.ts';
import type { Display, LogLevel } from '../../policy/log-display.ts';
import type { LogForm } from '../../policy/log-form.ts';
import type { LogLine } from '../../policy/log-line.ts';
import { nameColour } from '../../policy/name-colour.ts';
import { harmless } from '../../policy/terminal-text.ts';
import { painter } from './colours.ts';
import type { Paint, Style } from './colours.ts';
import { timeOfDay } from './units.ts';

export interface LogLook extends LogForm {
  /** JSON lines of loggers stay as they are. */
  readonly raw: boolean;
}

const LEVEL_COLOURS: Readonly<Record<LogLevel, Style>> = { debug: 'dim', info: 'green', warn: 'yellow', error: 'red' };
const RESET = '\u001B[0m';

export class LogRenderer {
  readonly #form: LogLook;
  readonly #paint: Paint;
  #width: number;
  /** Whose line goes on in its next one; nothing of an end was written. */
  #open: string | undefined;

  constructor(form: LogLook) {
    this.#form = form;
    this.#paint = painter(form.colour);
    this.#width = Math.max(0, ...form.names.map(name => name.length));
  }

  /** What is written for a line. */
  render(line: LogLine): Buffer | string {
    const key = `${line.name} ${line.stream}`;
    const isContinued = this.#open === key;
    const before = this.#open === undefined || isContinued ? '' : '\n';
    this.#open = line.more === true ? key : undefined;
    const end = line.more === true ? '' : '\n';
    const { raw, terminal } = this.#form;
    const display: Display = raw || isContinued || line.more === true ? { level: undefined, message: line.text } : displayOf(line.text);
    const prefix = isContinued ? '' : this.#prefix(line);
    // Bytes that are no text go through a pipe as they are; a terminal could make nothing of them.
    if (line.bytes !== undefined && !terminal) return Buffer.concat([Buffer.from(before + prefix), Buffer.from(line.bytes, 'base64'), Buffer.from(end)]);
    if (display.level === undefined) return `${before}${prefix}${this.#text(display.message)}${end}`;
    const level = this.#paint(LEVEL_COLOURS[display.level], display.level.toUpperCase().padEnd(5));
    const rows = display.message.split('\n').map((text, index) => `${prefix}${index === 0 ? `${level} ` : ''}${this.#text(text)}`);
    return `${before}${rows.join('\n')}${end}`;
  }

  /** What is written at the end. */
  end(): string {
    return this.#open === undefined ? '' : '\n';
  }

  #prefix({ time, name, type, stream }: LogLine): string {
    const { prefix, timestamps } = this.#form;
    if (!prefix) return '';
    this.#width = Math.max(this.#width, name.length);
    const when = timestamps === 'none' ? '' : `${this.#paint('dim', timestamps === 'iso' ? time : timeOfDay(time))} `;
    const { colour, types } = this.#form;
    const shown = name.padEnd(this.#width);
    return `${when}${colour ? `\u001B[${nameColour(type, types)}m${shown}${RESET}` : shown} ${this.#paint(stream === 'stderr' ? 'red' : 'dim', '|')} `;
  }

  #text(text: string): string {
    if (!this.#form.terminal) return text;
    // A carriage return before the end of a line is how other systems end theirs.
    const shown = harmless(text.endsWith('\r') ? text.slice(0, -1) : text);
    return shown.includes('\u001B') ? `${shown}${RESET}` : shown;
  }
}

/** A line as one JSON document: what was written, and what a logger meant by it. */
export function jsonLogLine(line: LogLine): string {
  const { level, message } = displayOf(line.text);
  return `${JSON.stringify({ ...line, ...(level === undefined ? {} : { level }), message })}\n`;
}

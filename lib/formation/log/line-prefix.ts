/** What stands before each line of the merged log: `12:34:56 web.1    | `, or the line as JSON. Text in latin1 is bytes: nothing is decoded. */
import { isUtf8 } from 'node:buffer';
import { localTime } from '../../policy/local-time.ts';
import type { LogForm } from '../../policy/log-form.ts';
import { typeOfName } from '../../policy/log-line.ts';
import type { LogStream } from '../../policy/log-line.ts';
import { nameColour } from '../../policy/name-colour.ts';

export interface PrefixForm extends LogForm {
  /** Each line as one JSON document. */
  readonly json: boolean;
}

export interface LineOrigin {
  readonly name: string;
  readonly stream: LogStream;
  readonly clock: string;
}

const ESCAPE = '\u001B';
const RESET = `${ESCAPE}[0m`;
const NEW_LINE = 10;
/** A run of carriage returns, from its first one on, that is not part of the end of a line. */
const RETURNS = /(?<!\r)\r+(?![\r\n]|$)/g;
const DIM = '2';
const RED = '31';

/** The time as it stands before a line. */
export function clockOf(at: number, form: LogForm['timestamps']): string {
  if (form === 'none') return '';
  return form === 'iso' ? new Date(at).toISOString() : localTime(at);
}

/** The lines of a body without their ends. */
function* linesIn(body: Buffer): Generator<Buffer> {
  for (let from = 0; from < body.length;) {
    const end = body.indexOf(NEW_LINE, from);
    yield body.subarray(from, end);
    from = end + 1;
  }
}

export class LinePrefix {
  readonly #form: PrefixForm;
  readonly #known = new Map<string, string>();
  #width: number;

  constructor(form: PrefixForm) {
    this.#form = form;
    this.#width = Math.max(0, ...form.names.map(name => name.length));
  }

  /** Every line of `body`, which ends with one, and what stands before it. `more`: the last one goes on in the next. */
  lines(body: Buffer, origin: LineOrigin, more = false): Buffer {
    if (this.#form.json) return Buffer.from(this.#documents(body, origin, more));
    const before = this.of(origin);
    const text = this.#within(body.toString('latin1', 0, body.length - 1), RETURNS, before);
    const end = this.end(text);
    return Buffer.from(`${before}${text.includes('\n') ? text.replaceAll('\n', () => end + before) : text}${end}`, 'latin1');
  }

  /** The beginning of a line on a terminal. */
  begin(part: Buffer, origin: LineOrigin): Buffer {
    return Buffer.from(this.of(origin) + this.#within(part.toString('latin1'), /\r+/g, this.of(origin)), 'latin1');
  }

  /** More of a line whose beginning stands on the terminal. */
  further(part: Buffer, origin: LineOrigin): Buffer {
    return Buffer.from(this.#within(part.toString('latin1'), /\r+/g, this.of(origin)), 'latin1');
  }

  /** The end of a line: a colour that it leaves on is not that of the next one's prefix. */
  end(text: string): string {
    return (this.#form.colour || this.#form.terminal) && text.includes(ESCAPE) ? `${RESET}\n` : '\n';
  }

  of({ name, stream, clock }: LineOrigin): string {
    if (!this.#form.prefix || this.#form.json) return '';
    const when = clock === '' ? '' : `${this.#paint(DIM, clock)} `;
    return when + this.#named(name, stream);
  }

  /** What is written over the line (a bar of progress) stands behind its prefix, too. */
  #within(text: string, returns: RegExp, before: string): string {
    return this.#form.terminal && before !== '' && text.includes('\r') ? text.replaceAll(returns, found => found + before) : text;
  }

  /** The part of it that does not change with the time. */
  #named(name: string, stream: LogStream): string {
    if (name.length > this.#width) {
      this.#width = name.length;
      this.#known.clear();
    }
    const key = `${stream} ${name}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const colour = nameColour(typeOfName(name), this.#form.types);
    const made = `${this.#paint(colour, name.padEnd(this.#width))} ${this.#paint(stream === 'stderr' ? RED : DIM, '|')} `;
    this.#known.set(key, made);
    return made;
  }

  #paint(codes: string, text: string): string {
    return this.#form.colour ? `${ESCAPE}[${codes}m${text}${RESET}` : text;
  }

  #documents(body: Buffer, { name, stream, clock }: LineOrigin, more: boolean): string {
    const head = { ...(clock === '' ? {} : { time: clock }), name, type: typeOfName(name), stream };
    const isText = isUtf8(body);
    let documents = '';
    for (const line of linesIn(body)) {
      const isLast = line.byteOffset + line.length + 1 === body.byteOffset + body.length;
      const text = line.toString();
      // Text cannot say all of it.
      const bytes = isText || isUtf8(line) ? undefined : line.toString('base64');
      documents += `${JSON.stringify({ ...head, text, bytes, more: (more && isLast) || undefined })}\n`;
    }
    return documents;
  }
}

/** Turns the frames of one sender into messages. */
import { Decoder } from './decode.ts';
import { FRAME } from './frame.ts';
import { type Mail, readMail } from './mail.ts';
import { Shape } from './shape.ts';
import { DICTIONARY_SIZE } from './tags.ts';

const isText = (value: unknown): value is string => typeof value === 'string';

/** Reads `[from, entries]`, as the outbox writes it. */
function readWords(body: Buffer, known: number): { readonly from: number; readonly entries: readonly (readonly string[])[] } {
  const words: unknown = JSON.parse(body.toString('utf8'));
  if (!Array.isArray(words)) throw new Error('broken mail: words');
  const [from, entries]: unknown[] = words;
  if ((from !== 0 && from !== known) || !Array.isArray(entries) || from + entries.length > DICTIONARY_SIZE) throw new Error('broken mail: words');
  return {
    from,
    entries: entries.map((entry: unknown) => {
      if (!Array.isArray(entry) || !entry.every(isText)) throw new Error('broken mail: words');
      return entry;
    }),
  };
}

export class Reader {
  readonly #decoder = new Decoder();
  readonly #deliver: (mail: Mail) => void;

  constructor(deliver: (mail: Mail) => void) {
    this.#deliver = deliver;
  }

  /** Throws a plain error for a frame that no sender of ours writes. */
  frame(kind: number, body: Buffer): void {
    switch (kind) {
      case FRAME.words:
        return this.#words(body);
      case FRAME.ascii:
        return this.#mail(body, 'latin1');
      case FRAME.utf8:
        return this.#mail(body, 'utf8');
      case FRAME.ucs2:
        return this.#mail(body, 'ucs2');
      default:
        throw new Error('broken mail: frame');
    }
  }

  #words(body: Buffer): void {
    const { shapes } = this.#decoder;
    const { from, entries } = readWords(body, shapes.length);
    shapes.length = from;
    for (const entry of entries) shapes.push(new Shape(entry));
  }

  #mail(body: Buffer, encoding: 'latin1' | 'utf8' | 'ucs2'): void {
    const end = 4 + body.readUInt32LE(0);
    if (end > body.length) throw new Error('broken mail: truncated');
    const decoder = this.#decoder;
    decoder.take(body, 4, end, body.toString(encoding, end));
    while (decoder.more()) this.#deliver(readMail(decoder));
  }
}

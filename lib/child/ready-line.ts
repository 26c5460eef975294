/** Looks through the output of a child for the line that says that it is ready. */
import type { Readable } from 'node:stream';

/** Of a longer line the beginning is looked at. */
const LONGEST = 4096;
const NEW_LINE = 10;

/** The lines of one stream, as far as they have ended, without what else ends them elsewhere. */
class Lines {
  #rest = Buffer.alloc(0);

  take(chunk: Buffer): readonly string[] {
    const whole = Buffer.concat([this.#rest, chunk]);
    const end = whole.lastIndexOf(NEW_LINE);
    this.#rest = whole.subarray(end + 1).subarray(0, LONGEST);
    if (end < 0) return [];
    // Whole lines only: no character is cut.
    const lines = whole.subarray(0, end).toString().split('\n');
    return lines.map(line => line.slice(0, LONGEST).replace(/\r$/, ''));
  }
}

/** Calls `found` once, with the first line of any of these streams that matches; reads along with whoever else reads them. */
export function awaitLine(streams: readonly (Readable | null)[], pattern: string, found: () => void): void {
  const expression = new RegExp(pattern, 'u');
  const undo: (() => void)[] = [];
  for (const stream of streams) {
    if (stream === null) continue;
    const lines = new Lines();
    const look = (chunk: Buffer): void => {
      if (!lines.take(chunk).some(line => expression.test(line))) return;
      for (const off of undo) off();
      found();
    };
    stream.on('data', look);
    undo.push(() => void stream.off('data', look));
  }
}

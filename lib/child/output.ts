/** The output of children: passed on by chunk, with back-pressure, and the last lines kept. */
import type { Readable, Writable } from 'node:stream';

/** A source is paused while so many bytes wait in its sink. */
const HIGH_WATER = 1024 * 1024;
/** So many bytes at the end of a stream are kept for the record of its death. */
const TAIL = 8 * 1024;
const LAST_LINES = 20;

interface Sink {
  readonly paused: Set<Readable>;
  broken: boolean;
}
const sinks = new WeakMap<Writable, Sink>();

/** The state of a sink of ours; the first call makes it survive a closed pipe. */
function sinkOf(stream: Writable): Sink {
  const known = sinks.get(stream);
  if (known !== undefined) return known;
  const sink: Sink = { paused: new Set(), broken: false };
  const release = (): void => {
    for (const source of sink.paused) source.resume();
    sink.paused.clear();
  };
  stream.on('drain', release);
  // `app | head -1`: whoever read our output has gone. The application goes on without it.
  stream.on('error', () => {
    sink.broken = true;
    release();
  });
  sinks.set(stream, sink);
  return sink;
}

/** Keeps this process alive when the reader of its standard output or error goes away. */
export function surviveClosedOutput(): void {
  sinkOf(process.stdout);
  sinkOf(process.stderr);
}

/** The end of a stream as text lines. */
export interface Tail {
  lines(): readonly string[];
}

/** Passes `source` on to `sink` and keeps its end. */
export function passOutput(source: Readable | null | undefined, stream: Writable): Tail {
  let kept: Buffer[] = [];
  let size = 0;
  // A fork that failed for want of file descriptors has no streams at all.
  if (source !== null && source !== undefined) {
    const sink = sinkOf(stream);
    source.on('data', (chunk: Buffer) => {
      kept.push(chunk);
      size += chunk.length;
      if (size > 4 * TAIL) {
        kept = [Buffer.from(Buffer.concat(kept).subarray(-TAIL))];
        size = TAIL;
      }
      if (sink.broken || stream.write(chunk) || stream.writableLength <= HIGH_WATER) return;
      sink.paused.add(source);
      source.pause();
    });
    source.on('close', () => sink.paused.delete(source));
    source.on('error', () => sink.paused.delete(source));
  }
  return {
    lines() {
      const text = Buffer.concat(kept).subarray(-TAIL).toString();
      return text
        .split('\n')
        .filter(line => line.trim() !== '')
        .slice(-LAST_LINES);
    },
  };
}

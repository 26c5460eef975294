/** The output of children: passed on by chunk, with back-pressure, and the last lines kept. */
import type { Readable, Writable } from 'node:stream';

/** A source is paused while so many bytes wait in its sink. */
const HIGH_WATER = 1024 * 1024;
/** So many bytes at the end of a stream are kept for the record of its death. */
const TAIL = 8 * 1024;
const LAST_LINES = 20;

/** A full disk is tried again after so many milliseconds; what comes until then is dropped. */
const RETRY = 1000;

type Condition =
  | { readonly is: 'well' }
  /** Its disk is full; nobody tells when it has room. */
  | { readonly is: 'full'; readonly until: number }
  /** Its reader has gone, for ever. */
  | { readonly is: 'gone' };

interface Sink {
  readonly name: string;
  readonly paused: Set<Readable>;
  condition: Condition;
  /** Bytes that were dropped and of which nobody has been told. */
  lost: number;
}
const sinks = new Map<Writable, Sink>();
const tellers = new Set<(message: string) => void>();

const tell = (message: string): void => {
  for (const teller of tellers) teller(message);
};

const nameOf = (stream: Writable): string => (stream === process.stdout ? 'standard output' : stream === process.stderr ? 'standard error' : 'the output');
const isFull = (error: Error): boolean => ['ENOSPC', 'EDQUOT'].includes(String(Reflect.get(error, 'code')));

function release(sink: Sink): void {
  for (const source of sink.paused) source.resume();
  sink.paused.clear();
}

/** The state of a sink of ours; the first call makes it survive a closed pipe and a full disk. */
function sinkOf(stream: Writable): Sink {
  const known = sinks.get(stream);
  if (known !== undefined) return known;
  const sink: Sink = { name: nameOf(stream), paused: new Set(), condition: { is: 'well' }, lost: 0 };
  stream.on('drain', () => release(sink));
  stream.on('error', (error: Error) => {
    const before = sink.condition.is;
    const full = isFull(error);
    sink.condition = full ? { is: 'full', until: performance.now() + RETRY } : { is: 'gone' };
    release(sink);
    if (before !== 'well') return;
    // `app | head -1`: whoever read our output has gone. The application goes on without it.
    const reason = full ? `the disk of ${sink.name} is full` : `the reader of ${sink.name} has gone`;
    tell(`${reason} (${String(Reflect.get(error, 'code') ?? error.message)}); what the instances write there is dropped, and counted`);
  });
  sinks.set(stream, sink);
  return sink;
}

/** Writes a chunk, or counts it; whether the source may go on. */
function pass(chunk: Buffer, stream: Writable, sink: Sink): boolean {
  const { condition } = sink;
  if (condition.is === 'gone' || (condition.is === 'full' && performance.now() < condition.until)) {
    sink.lost += chunk.length;
    return true;
  }
  const written = (error: Error | null | undefined): void => {
    if (error) sink.lost += chunk.length;
    else if (sink.condition.is === 'full') {
      sink.condition = { is: 'well' };
      tellLost(sink, 'because its disk was full');
    }
  };
  return stream.write(chunk, written) || stream.writableLength <= HIGH_WATER;
}

function tellLost(sink: Sink, why: string): void {
  if (sink.lost > 0) tell(`${sink.lost} bytes that instances wrote to ${sink.name} were lost ${why}`);
  sink.lost = 0;
}

/** Keeps this process alive when the reader of its standard output or error goes away. */
export function surviveClosedOutput(): void {
  sinkOf(process.stdout);
  sinkOf(process.stderr);
}

/** Has `report` told what of the output of children cannot be passed on; the result ends that, after a last word. */
export function reportLosses(report: (message: string) => void): () => void {
  tellers.add(report);
  return () => {
    for (const sink of sinks.values()) tellLost(sink, 'because nobody took them');
    tellers.delete(report);
  };
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
      if (pass(chunk, stream, sink)) return;
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

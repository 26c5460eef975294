/** The output of children: passed on by chunk, with back-pressure, and the last lines kept. */
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** A source is paused while so many bytes wait in its sink. */
const HIGH_WATER = 1024 * 1024;
/** So many bytes at the end of a stream are kept for the record of its death. */
const TAIL = 8 * 1024;
const LAST_LINES = 20;

/** Milliseconds between two looks at what has been taken. */
const LOOK_AGAIN = 5;

/** A full disk is tried again after so many milliseconds; what comes until then is dropped. */
const RETRY = 1000;

/** Takes the bytes of one stream of an instance. */
export interface ByteSink {
  /** Takes a chunk. When it returns false, its source waits until `resume` is called. */
  receive(chunk: Buffer, resume: () => void): boolean;
  /** Nothing comes any more. */
  end(): void;
}

type Condition =
  | { readonly is: 'well' }
  /** Its disk is full; nobody tells when it has room. */
  | { readonly is: 'full'; readonly until: number }
  /** Its reader has gone, for ever. */
  | { readonly is: 'gone' };

interface Sink {
  readonly name: string;
  /** Called when it has room again. */
  readonly waiting: Set<() => void>;
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
  const waiting = [...sink.waiting];
  sink.waiting.clear();
  for (const resume of waiting) resume();
}

/** The state of a sink of ours; the first call makes it survive a closed pipe and a full disk. */
function sinkOf(stream: Writable): Sink {
  const known = sinks.get(stream);
  if (known !== undefined) return known;
  const sink: Sink = { name: nameOf(stream), waiting: new Set(), condition: { is: 'well' }, lost: 0 };
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

/** Told how many lines were dropped. */
export type LossListener = (lines: number) => void;

const NEW_LINE = 10;

function linesIn(chunk: Buffer): number {
  let lines = 0;
  for (let at = chunk.indexOf(NEW_LINE); at !== -1; at = chunk.indexOf(NEW_LINE, at + 1)) lines++;
  return lines;
}

/** Writes a chunk, or counts it; whether the source may go on. */
function pass(chunk: Buffer, { stream, sink, lost }: { readonly stream: Writable; readonly sink: Sink; readonly lost: LossListener | undefined }): boolean {
  const { condition } = sink;
  const drop = (): void => {
    sink.lost += chunk.length;
    lost?.(linesIn(chunk));
  };
  if (condition.is === 'gone' || (condition.is === 'full' && performance.now() < condition.until)) {
    drop();
    return true;
  }
  const written = (error: Error | null | undefined): void => {
    if (error) drop();
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

/**
 * Resolves when everything that was written to `stream` has been taken, or nothing of it for `patience` milliseconds; with the number of bytes
 * that nobody has taken.
 */
export async function taken(stream: Writable, patience: number): Promise<number> {
  let [left, since] = [stream.writableLength, performance.now()];
  while (left > 0 && stream.writable && performance.now() - since < patience) {
    await sleep(LOOK_AGAIN);
    if (stream.writableLength < left) since = performance.now();
    left = stream.writableLength;
  }
  return stream.writable ? left : 0;
}

/** The end of a stream as text lines. */
export interface Tail {
  lines(): readonly string[];
  /** What comes after the last end of a line. */
  unfinished(): Buffer;
}

/** What writes to `stream`, for one source. */
export function sinkInto(stream: Writable, lost?: LossListener): ByteSink {
  const sink = sinkOf(stream);
  let waiting: () => void = () => {};
  return {
    receive(chunk, resume) {
      if (pass(chunk, { stream, sink, lost })) return true;
      waiting = resume;
      sink.waiting.add(resume);
      return false;
    },
    end: () => void sink.waiting.delete(waiting),
  };
}

/** Passes `source` on to `target` and keeps its end. */
export function passOutput(source: Readable | null | undefined, target: Writable | ByteSink): Tail {
  let kept: Buffer[] = [];
  let size = 0;
  const sink = 'receive' in target ? target : sinkInto(target);
  // A fork that failed for want of file descriptors has no streams at all.
  if (source === null || source === undefined) sink.end();
  else {
    const resume = (): void => void source.resume();
    source.on('data', (chunk: Buffer) => {
      kept.push(chunk);
      size += chunk.length;
      if (size > 4 * TAIL) {
        kept = [Buffer.from(Buffer.concat(kept).subarray(-TAIL))];
        size = TAIL;
      }
      if (!sink.receive(chunk, resume)) source.pause();
    });
    let end = (): void => {
      end = () => {};
      sink.end();
    };
    source.on('close', () => end());
    source.on('error', () => end());
  }
  return {
    lines() {
      const text = Buffer.concat(kept).subarray(-TAIL).toString();
      return text
        .split('\n')
        .filter(line => line.trim() !== '')
        .slice(-LAST_LINES);
    },
    unfinished() {
      const end = Buffer.concat(kept).subarray(-TAIL);
      return end.subarray(end.lastIndexOf(NEW_LINE) + 1);
    },
  };
}

/** A merged log for a test: what it writes is kept, time stands still until it is told to go on, and its reader may stop reading. */
import { Writable } from 'node:stream';
import { MergedOutput } from '../../../lib/formation/log/merged.ts';
import type { MergedOptions } from '../../../lib/formation/log/merged.ts';
import type { After } from '../../../lib/formation/log/merged-stream.ts';
import type { LogStream } from '../../../lib/policy/log-line.ts';

export interface Source {
  /** False: it is to wait. */
  readonly write: (bytes: string | Buffer) => boolean;
  readonly end: () => void;
  /** How often it was told to go on. */
  readonly resumed: () => number;
}

export interface Merging {
  readonly log: MergedOutput;
  readonly source: (name: string, stream?: LogStream) => Source;
  readonly bytes: () => Buffer;
  readonly text: () => string;
  /** Lets so many milliseconds go by. */
  readonly pass: (milliseconds: number) => void;
  /** The reader takes nothing more, until it is released. */
  readonly hold: () => void;
  readonly release: () => void;
  readonly out: Writable;
  /** How many lines were lost, by type. */
  readonly lost: ReadonlyMap<string, number>;
}

const PLAIN = { timestamps: 'none', prefix: true, json: false, colour: false, terminal: false, types: ['web', 'worker'], names: [], quiet: [] } as const;

/** Runs what is due in the order of time. */
function clock(): { readonly after: After; readonly pass: (milliseconds: number) => void } {
  let now = 0;
  let due: { readonly at: number; readonly run: () => void }[] = [];
  return {
    after: (milliseconds, run) => {
      const one = { at: now + milliseconds, run };
      due.push(one);
      return () => void (due = due.filter(other => other !== one));
    },
    pass: milliseconds => {
      const end = now + milliseconds;
      for (;;) {
        const next = due.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        due = due.filter(other => other !== next);
        now = next.at;
        next.run();
      }
      now = end;
    },
  };
}

export function merging(options: Partial<MergedOptions> = {}): Merging {
  const chunks: Buffer[] = [];
  const lost = new Map<string, number>();
  let isHeld = false;
  let waiting: (() => void) | undefined;
  const out = new Writable({
    highWaterMark: 16 * 1024,
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      if (isHeld) waiting = done;
      else done();
    },
  });
  const time = clock();
  const log = new MergedOutput({ ...PLAIN, out, after: time.after, ...options });
  return {
    log,
    out,
    lost,
    source(name, stream = 'stdout') {
      const type = name.replace(/\.\d+$/, '');
      const count = (lines: number): void => void lost.set(type, (lost.get(type) ?? 0) + lines);
      const sink = log.sinkFor({ type, name: () => name, lost: count }, stream);
      let resumed = 0;
      return { write: bytes => sink.receive(Buffer.from(bytes), () => void resumed++), end: () => sink.end(), resumed: () => resumed };
    },
    bytes: () => Buffer.concat(chunks),
    text: () => Buffer.concat(chunks).toString(),
    pass: time.pass,
    hold: () => void (isHeld = true),
    release() {
      isHeld = false;
      waiting?.();
    },
  };
}

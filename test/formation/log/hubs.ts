/** A log hub for a test, and instances that write into it. */
import type { Readable } from 'node:stream';
import { passOutput } from '../../../lib/child/output.ts';
import { starterInto } from '../../../lib/child/start.ts';
import type { Child } from '../../../lib/child/child.ts';
import { LogHub } from '../../../lib/formation/log/hub.ts';
import type { LogHubOptions } from '../../../lib/formation/log/options.ts';
import type { LogLine } from '../../../lib/policy/log-line.ts';
import { withFiles } from '../../helpers/files.ts';
import { inTime, until } from '../../helpers/until.ts';
import { specOf } from '../../supervisor/watched.ts';

export interface WithHub {
  readonly hub: LogHub;
  readonly directory: string;
  readonly path: (name: string) => string;
  readonly reported: readonly string[];
}

/** A hub with files, for as long as `use` runs. */
export async function withHub(options: LogHubOptions, use: (made: WithHub) => Promise<void>): Promise<void> {
  await withFiles({}, async ({ path }) => {
    const reported: string[] = [];
    const hub = new LogHub({ dir: path('logs'), report: text => reported.push(text), ...options });
    try {
      await use({ hub, directory: path('logs'), path: name => path(`logs/${name}`), reported });
    } finally {
      await hub.close();
    }
  });
}

export interface Written {
  write(text: string | Buffer): void;
  error(text: string): void;
  end(): void;
}

/** An instance whose output is what the test writes. */
export function instanceOf(hub: LogHub, type: string, slot = 1, id = slot): Written {
  const { stdout, stderr } = hub.streamsFor({ type, slot, id });
  if (!('receive' in stdout) || !('receive' in stderr)) throw new Error('no sink of the hub');
  return {
    write: text => void stdout.receive(Buffer.from(text), () => {}),
    error: text => void stderr.receive(Buffer.from(text), () => {}),
    end() {
      stdout.end();
      stderr.end();
    },
  };
}

export async function linesOf(lines: AsyncIterable<LogLine>): Promise<readonly LogLine[]> {
  const all: LogLine[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

export const textsOf = async (lines: AsyncIterable<LogLine>): Promise<readonly string[]> => (await linesOf(lines)).map(({ text }) => text);

let lastId = 0;

export interface Started {
  readonly child: Child;
  /** Resolves when it has ended, and its output, too. */
  readonly ended: Promise<void>;
}

/** Starts a shell line as an instance of `type`. */
export function startLine(
  hub: LogHub,
  line: string,
  { type = 'web', slot = 1, env = {} }: { readonly type?: string; readonly slot?: number; readonly env?: Record<string, string> } = {},
): Started {
  const open = new Set<symbol>();
  const start = starterInto(order => {
    const output = hub.streamsFor(order);
    return { ...output, stdout: ending(output.stdout, open), stderr: ending(output.stderr, open) };
  });
  let hasExited = false;
  const spec = specOf(type, { start: { kind: 'command', line }, env, cwd: process.cwd(), ready: 'spawn' });
  const child = start({ spec, id: ++lastId, slot, generation: 1, park: false }, event => {
    if (event.type === 'exit') hasExited = true;
  });
  return {
    child,
    ended: inTime(
      until(() => hasExited && open.size === 0, { within: 60_000 }).then(() => {}),
      { within: 60_000 },
    ),
  };
}

/** A sink that is in `open` until it has ended. */
function ending<Sink>(sink: Sink, open: Set<symbol>): Sink {
  if (typeof sink !== 'object' || sink === null || !('receive' in sink) || !('end' in sink) || typeof sink.end !== 'function') return sink;
  const mark = Symbol('sink');
  const { end } = sink;
  open.add(mark);
  return {
    ...sink,
    end() {
      Reflect.apply(end, sink, []);
      open.delete(mark);
    },
  };
}

/** What `passOutput` does with a source, for the output of an instance. */
export function connect(hub: LogHub, source: Readable, type = 'web'): void {
  passOutput(source, hub.streamsFor({ type, slot: 1, id: 1 }).stdout);
}

/** What is seen while a change is under way: lines that follow it on a terminal, elsewhere each fact once. On standard error. */
import { setImmediate as turn } from 'node:timers/promises';
import type { ControlEvent } from '../daemon/api.ts';
import type { ControlClient } from '../daemon/control-client.ts';
import { Steps } from './progress/steps.ts';
import type { Line, Mark } from './progress/steps.ts';
import { hasColour, painter } from './render/colours.ts';
import type { Style } from './render/colours.ts';
import { cut } from './render/width.ts';

const MARKS: Readonly<Record<Mark, readonly [sign: string, style: Style]>> = { open: ['…', 'yellow'], done: ['✔', 'green'], failed: ['✘', 'red'] };
/** Milliseconds between two pictures, for the times in them. */
const TICK = 200;

const KINDS: readonly ControlEvent['kind'][] = ['instance', 'death'];

export interface ProgressLook {
  /** The lines stay when all is done; without it only failures do. */
  readonly keep: boolean;
}

/** Lines of a terminal that are written anew in their place (ECMA-48 CPL, ED). */
class LiveLines {
  #shown = 0;

  show(lines: readonly string[]): void {
    // A terminal that does not tell its size says 0.
    const columns = process.stderr.columns || 80;
    const rows = process.stderr.rows || 24;
    // What has scrolled away cannot be written over: the newest are seen.
    const fitting = lines.slice(-Math.max(1, rows - 2)).map(line => cut(line, columns));
    const up = this.#shown === 0 ? '' : `\u001B[${this.#shown}F\u001B[0J`;
    process.stderr.write(up + fitting.map(line => `${line}\n`).join(''));
    this.#shown = fitting.length;
  }
}

export class Progress {
  readonly #keep: boolean;
  readonly #steps = new Steps();
  readonly #paint = painter(hasColour(process.stderr));
  readonly #live = process.stderr.isTTY && process.env['TERM'] !== 'dumb' ? new LiveLines() : undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor({ keep }: ProgressLook) {
    this.#keep = keep;
  }

  note(event: ControlEvent): void {
    const facts = this.#steps.note(event, Date.now());
    if (this.#live === undefined) {
      for (const fact of facts) if (this.#keep || fact.mark === 'failed') process.stderr.write(`${this.#written(fact)}\n`);
      return;
    }
    this.#timer ??= setInterval(() => this.#draw(), TICK).unref();
    this.#draw();
  }

  /** The last picture. */
  end(): void {
    clearInterval(this.#timer);
    this.#live?.show(
      this.#lines()
        .filter(({ mark }) => this.#keep || mark === 'failed')
        .map(line => this.#written(line)),
    );
  }

  #draw(): void {
    this.#live?.show(this.#lines().map(line => this.#written(line)));
  }

  #lines(): readonly Line[] {
    return this.#steps.lines(Date.now());
  }

  #written({ mark, text }: Line): string {
    const [sign, style] = MARKS[mark];
    return `  ${this.#paint(style, sign)} ${text}`;
  }
}

/** Has shown what the master has told until now: its answer to one more question comes after that, though on another connection. */
async function caughtUp(client: Pick<ControlClient, 'text'>): Promise<void> {
  await client.text('/livez').catch(() => {
    // It has ended, and has told everything.
  });
  await turn();
}

/** `work`, with what happens meanwhile shown. */
export async function withProgress<Result>(client: Pick<ControlClient, 'hear' | 'text'>, look: ProgressLook, work: () => Promise<Result>): Promise<Result> {
  const progress = new Progress(look);
  const abort = new AbortController();
  // Whether the change has worked is told by its answer.
  const events = await client.hear(KINDS, abort.signal).catch(() => undefined);
  const followed = (async (): Promise<void> => {
    for await (const event of events ?? []) progress.note(event);
  })().catch(() => {});
  try {
    return await work();
  } finally {
    await caughtUp(client);
    abort.abort();
    await followed;
    progress.end();
  }
}

/** `brood top` at a terminal: keyboard, signals, size, and the screen as it was afterwards. */
import { EXIT } from '../exit-codes.ts';
import { hasColour } from '../render/colours.ts';
import { decode, leftover } from '../terminal/decode.ts';
import { FullScreen } from '../terminal/full-screen.ts';
import { readRaw } from '../terminal/raw.ts';
import { frame } from './frame.ts';
import type { Picture } from './picture.ts';
import { TopSession } from './session.ts';
import type { TopSource } from './source.ts';

/** Milliseconds after an Escape in which the rest of a sequence would have come. */
const ESCAPE_ALONE = 50;

const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 } as const;

/** Calls `press` with each key; a sequence may arrive in parts. */
function keyReader(press: (key: string) => void): (text: string) => void {
  let rest = '';
  let timer: NodeJS.Timeout | undefined;
  return text => {
    clearTimeout(timer);
    const decoded = decode(rest + text);
    rest = decoded.rest;
    decoded.keys.forEach(press);
    if (rest === '') return;
    timer = setTimeout(() => {
      const keys = leftover(rest);
      rest = '';
      keys.forEach(press);
    }, ESCAPE_ALONE);
  };
}

export interface TopHouse {
  /** Directory of the application. */
  readonly baseDir: string;
  /** What an order has failed with, as lines. */
  readonly explain: (error: unknown) => readonly string[];
}

/** Resolves with the exit code when the person has had enough. */
export async function runTop(source: TopSource, { baseDir, explain }: TopHouse): Promise<number> {
  const screen = new FullScreen();
  const colour = hasColour(process.stdout);
  let last: Picture | undefined;
  const draw = (): number => {
    if (last === undefined) return 0;
    const { lines, more } = frame(last, screen.size, colour);
    screen.draw(lines);
    return more;
  };
  const redraw = (): void => {
    screen.forget();
    draw();
  };
  let end: (code: number) => void = () => {};
  const ended = new Promise<number>(resolve => (end = resolve));
  const output = {
    page: () => screen.size.rows - 3,
    draw: (picture: Picture) => {
      last = picture;
      return draw();
    },
    redraw,
    explain,
  };
  const session = new TopSession(source, output, { baseDir, ended: () => end(EXIT.ok) });
  const press = keyReader(key => {
    if (key === 'ctrl-z') keyboard.suspend();
    else if (key === 'ctrl-c') end(SIGNALS.SIGINT);
    else if (key === 'ctrl-\\') end(SIGNALS.SIGQUIT);
    else session.press(key);
  });
  const resumed = (): void => {
    screen.enter();
    redraw();
  };
  const handlers = Object.entries(SIGNALS).map(([signal, code]) => [signal, () => end(code)] as const);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  process.stdout.on('resize', redraw);
  screen.enter();
  const keyboard = readRaw({ press, lost: () => end(SIGNALS.SIGHUP), suspended: () => screen.leave(), resumed });
  try {
    session.start();
    return await ended;
  } finally {
    session.close();
    keyboard.stop();
    screen.leave();
    process.stdout.off('resize', redraw);
    for (const [signal, handler] of handlers) process.off(signal, handler);
  }
}

/** `brood ps`: what runs; with -w again and again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Status } from '../daemon/api.ts';
import { clientOf } from './client.ts';
import type { Given } from './command.ts';
import { hasColour } from './render/colours.ts';
import { psText } from './render/ps.ts';
import { narrow, which } from './which.ts';

/** Milliseconds between two looks. */
const SECOND = 1000;
/** Columns where nobody says how many there are. */
const COLUMNS = 80;

/** Into a file or a pipe everything that was asked for goes; on a terminal what fits. */
function widthOf(wide: boolean): number {
  const { columns } = process.stdout;
  if (process.stdout.isTTY) return columns || COLUMNS;
  return wide ? Infinity : COLUMNS;
}

function textOf(status: Status, words: readonly string[], { output }: Given): readonly string[] {
  const wide = output === 'wide';
  return psText(status, { width: widthOf(wide), colour: hasColour(process.stdout), wide, now: Date.now(), only: which(words, status) });
}

/** Up over the lines that were written before, and everything from there on erased (ECMA-48 CPL, ED). */
const over = (lines: number): string => (lines === 0 ? '' : `\u001B[${lines}F\u001B[0J`);

/** What the lines tell beside the figures that change all the time. */
const gist = ({ master, types, items }: Status): string =>
  JSON.stringify([
    master.state,
    types.map(({ type, wanted, ready, state }) => [type, wanted, ready, state]),
    items.map(({ id, state, ready, restarts }) => [id, state, ready, restarts]),
  ]);

/** The table again and again: in its place on a terminal, elsewhere after each change. */
function follower(words: readonly string[], given: Given): (status: Status) => void {
  let last = '';
  let shown = 0;
  return status => {
    if (given['json'] === true) return void process.stdout.write(`${JSON.stringify(narrow(status, words))}\n`);
    if (!process.stdout.isTTY) {
      const now = gist(status);
      if (now !== last) process.stdout.write(`${last === '' ? '' : '\n'}${textOf(status, words, given).join('\n')}\n`);
      last = now;
      return;
    }
    const lines = textOf(status, words, given);
    // What has scrolled away cannot be written over.
    const room = (process.stdout.rows || 24) - 1;
    const fitting = lines.length <= room ? lines : [...lines.slice(0, room - 1), `and ${lines.length - room + 1} more`];
    process.stdout.write(`${over(shown)}${fitting.join('\n')}\n`);
    shown = fitting.length;
  };
}

/** Resolves with the exit code. */
export async function ps(words: readonly string[], given: Given): Promise<number> {
  const client = await clientOf(given);
  const status = await client.status();
  if (given['watch'] !== true) {
    process.stdout.write(given['json'] === true ? `${JSON.stringify(narrow(status, words))}\n` : `${textOf(status, words, given).join('\n')}\n`);
    return 0;
  }
  const show = follower(words, given);
  show(status);
  // A reader that has had enough ends it quietly.
  while (process.stdout.writable) {
    await sleep(SECOND);
    show(await client.status());
  }
  return 0;
}

/**
 * `brood top` on a story instead of a master, as a program: `stage.js DIRECTORY`. Orders are written to the file
 * `orders`; while the file `down` is there, nothing runs; while `bad` is there, orders fail; `throw` makes it throw.
 */
import { appendFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import type { ControlEvent, LogLine, Status } from '../../../lib/daemon/api.ts';
import { errorLines } from '../../../lib/cli/tell.ts';
import { runTop } from '../../../lib/cli/top/run.ts';
import type { TopSource } from '../../../lib/cli/top/source.ts';
import { BroodError } from '../../../lib/errors.ts';
import { inspection, shop } from '../render/shop.ts';

const [, , directory = '.'] = process.argv;
const there = (name: string): boolean => existsSync(path.join(directory, name));

let looks = 0;
let listener: (event: ControlEvent) => void = () => {};

/** Figures that move a little. */
function now(): Status {
  looks++;
  const wave = 1 + Math.sin(looks) / 2;
  const nextTry = new Date(Date.now() + 15_400).toISOString();
  return {
    ...shop,
    types: shop.types.map(type => (type.nextTry === undefined ? type : Object.assign({}, type, { nextTry }))),
    items: shop.items.map(item => (item.cpu === undefined ? item : Object.assign({}, item, { cpu: item.cpu * wave }))),
  };
}

const line = (name: string, text: string, stream: LogLine['stream'] = 'stdout'): LogLine => ({
  time: new Date().toISOString(),
  name,
  type: name.split('.')[0] ?? '',
  stream,
  text,
});

async function order(text: string): Promise<void> {
  appendFileSync(path.join(directory, 'orders'), `${text}\n`);
  listener({ kind: 'log', line: line('web.1', `ordered ${text}`) });
  if (there('bad')) {
    const frame = 'app.js:3\n> 3 | connect()\n    | ^';
    throw new BroodError('BROOD_RELOAD_FAILED', { reason: 'web.1: no database', remedy: 'Mend it.', frame }, { cause: new Error('no database') });
  }
}

const source: TopSource = {
  async status() {
    if (there('throw')) setImmediate(() => JSON.parse('{'));
    if (there('down')) throw new BroodError('BROOD_CLOSED');
    return now();
  },
  inspect: async name => ({ ...inspection, name }),
  recent: async () => [
    line('agent', 'hello from the agent'),
    line('web.1', 'GET /cart 200 12 ms'),
    line('web.2', '\u001B[2Jbad \u001B[31mred\u001B[0m 日本語', 'stderr'),
  ],
  events: (listen, _ended) => {
    listener = listen;
    return { close: () => (listener = () => {}) };
  },
  reload: () => order('reload'),
  restart: name => order(`restart ${name}`),
  scale: (type, quantity) => order(`scale ${type}=${quantity}`),
  stop: type => order(`stop ${type}`),
};

process.exit(await runTop(source, { baseDir: '/srv/shop', explain: error => (error instanceof BroodError ? errorLines(error) : [String(error)]) }));

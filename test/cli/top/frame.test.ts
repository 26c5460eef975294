/** The screen of `brood top` as lines: it fits, and says what there is. */
import assert from 'node:assert/strict';
import type { LogLine } from '../../../lib/daemon/api.ts';
import { displayWidth, plain } from '../../../lib/cli/render/width.ts';
import { changes } from '../../../lib/cli/terminal/changes.ts';
import { Courses } from '../../../lib/cli/top/courses.ts';
import { frame } from '../../../lib/cli/top/frame.ts';
import { LogBook } from '../../../lib/cli/top/log-book.ts';
import type { Picture } from '../../../lib/cli/top/picture.ts';
import { FIRST_VIEW } from '../../../lib/cli/top/view.ts';
import type { View } from '../../../lib/cli/top/view.ts';
import { inspection, instance, NOW, shop, type } from '../render/shop.ts';

const courses = new Courses();
for (let second = 0; second < 10; second++) courses.learn(shop);

const line = (name: string, text: string, stream: LogLine['stream'] = 'stdout'): LogLine => ({
  time: '2026-05-04T10:15:01.000Z',
  name,
  type: 'web',
  stream,
  text,
});
const book = new LogBook();
for (let count = 1; count <= 100; count++) book.add(line('web.1', `request ${count}`));
book.add(line('agent', 'hello\u001B[2J'));

const picture = (view: Partial<View> = {}, more: Partial<Picture> = {}): Picture => ({
  view: { ...FIRST_VIEW, ...view },
  status: shop,
  baseDir: '/srv/shop',
  courses,
  log: name => book.lines(name),
  inspection: undefined,
  notice: [],
  message: undefined,
  now: NOW,
  ...more,
});
const draw = (view: Partial<View> = {}, more: Partial<Picture> = {}, [columns, rows]: readonly [number, number] = [80, 24]): readonly string[] =>
  frame(picture(view, more), { columns, rows }, false).lines;

describe('the screen of top', () => {
  it('tells what has done its work apart from what is missing', () => {
    const types = [type('migrate', { ready: 0, completed: 1, state: 'completed' }), type('web', { wanted: 2, ready: 1, completed: 1 })];
    assert.match(draw({}, { status: { ...shop, types, items: [] } })[0] ?? '', /^shop {2}migrate completed {2}web 1\/2 /);
  });

  it('fills every terminal from 40 by 10 on, in each mode', () => {
    const views: readonly Partial<View>[] = [
      {},
      { mode: 'logs', all: true },
      { mode: 'details', selected: 'worker.1' },
      { mode: 'help' },
      { mode: 'notice', scroll: 3 },
      { prompt: { ask: 'stop', type: 'web', now: 4 } },
      { prompt: { ask: 'scale', type: 'web', now: 4, text: '12' } },
      { filter: 'nosuch' },
    ];
    for (const [columns, rows] of [
      [40, 10],
      [41, 11],
      [60, 15],
      [72, 20],
      [80, 24],
      [100, 30],
      [120, 40],
      [250, 80],
    ] as const) {
      for (const view of views) {
        for (const status of [shop, undefined]) {
          const lines = draw(
            view,
            { status, inspection: { ...inspection, name: 'worker.1' }, notice: Array.from({ length: 30 }, (_, index) => `line ${index}`) },
            [columns, rows],
          );
          assert.equal(lines.length, rows);
          if (view.mode !== 'details')
            assert.deepEqual(
              lines.filter(one => displayWidth(one) > columns || one.includes('\n')),
              [],
              `${columns}x${rows}`,
            );
        }
      }
    }
  });

  it('asks for more room where there is too little', () => {
    assert.deepEqual(draw({}, {}, [30, 4]), ['brood top needs 40 columns and', '10 rows; here are 30 and 4.', 'q ends it.', '']);
    assert.deepEqual(draw({}, {}, [1, 1]), ['…']);
  });

  it('shows figures with their course, and the log of the chosen row', () => {
    const lines = draw({ selected: 'web.1' });
    assert.equal(lines[0], 'shop  web 2/4  worker 1/2  cpu 115% █████  mem 562 MB ▆▆▆▆▆  83 req/s  p99 20ms');
    assert.match(lines[1] ?? '', /^ NAME +STATE +CPU +MEM +LOOP +REQ\/S/);
    assert.match(lines[3] ?? '', /^>web\.1 +running +1\.2% ▁▁▁▁▁ +88 MB ▆▆▆▆▆ +0\.8ms +41 /);
    assert.match(lines[8] ?? '', /^ worker\.1 +backoff .* in 16s$/);
    assert.match(lines[11] ?? '', /^─ logs web\.1 ─+$/);
    assert.match(lines[22] ?? '', /^\d\d:\d\d:01 request 100$/);
    assert.match(lines[23] ?? '', /l logs {2}r reload {2}R restart {2}s scale {2}K stop {2}d detail {2}\/ filter {2}\? help {2}q quit/);
  });

  it('says why a type cannot run where there is room', () => {
    assert.match(draw({}, {}, [180, 30])[8] ?? '', /next try in 16s: connect ECONNREFUSED 127\.0\.0\.1:6379$/);
  });

  it('keeps the chosen row in sight among many', () => {
    const many = { ...shop, types: [type('web', { wanted: 200, ready: 200 })], items: Array.from({ length: 200 }, (_, index) => instance(`web.${index + 1}`)) };
    for (const [selected, first] of [
      ['web.1', 'web.1'],
      ['web.100', 'web.93'],
      ['web.200', 'web.187'],
    ] as const) {
      const lines = draw({ selected }, { status: many });
      assert.ok(
        lines.some(one => one.startsWith(`>${selected} `)),
        selected,
      );
      assert.match(lines[2] ?? '', new RegExp(`^[> ]${first} `));
      assert.match(lines[16] ?? '', /^─ logs/);
    }
  });

  it('scrolls back through the log, looks for a text in it, and shows that of all with their names', () => {
    const back = draw({ mode: 'logs', selected: 'web.1', scroll: 50 });
    assert.match(back[1] ?? '', /^─ logs web\.1, scrolled back ─/);
    assert.match(back[22] ?? '', / request 50$/);
    assert.match(draw({ mode: 'logs', selected: 'web.1', scroll: 1e9 })[2] ?? '', / request 1$/);
    const found = draw({ mode: 'logs', selected: 'web.1', grep: 'REQUEST 9' });
    assert.deepEqual(
      found.slice(2, 14).map(one => one.slice(9)),
      ['request 9', ...Array.from({ length: 10 }, (_, index) => `request ${90 + index}`), ''],
    );
    assert.match(draw({ mode: 'logs', all: true })[22] ?? '', /^\d\d:\d\d:01 agent hello$/);
  });

  it('shows that nothing runs, and goes on', () => {
    const lines = draw({}, { status: undefined });
    assert.equal(lines[0], 'not running, waiting   /srv/shop');
    assert.match(lines.join('\n'), /Nothing runs here\.\n.*brood start/);
  });

  it('shows questions, messages and what has failed', () => {
    assert.match(draw({ prompt: { ask: 'stop', type: 'web', now: 4 } }).at(-1) ?? '', /^stop all 4 of web\? y\/n$/);
    assert.match(draw({ prompt: { ask: 'stop', type: 'agent', now: 1 } }).at(-1) ?? '', /^stop agent\? y\/n$/);
    assert.match(draw({ prompt: { ask: 'scale', type: 'web', now: 4, text: '12' } }).at(-1) ?? '', /^instances of web, now 4 \(4, \+1, -1\): 12/);
    assert.equal(draw({}, { message: { text: '✔ reload, 1.6 s', style: 'green' } }).at(-1), '✔ reload, 1.6 s');
    assert.deepEqual(draw({ mode: 'notice' }, { notice: ['✘ reload', '', 'web.1: no database'] }).slice(2, 5), ['✘ reload', '', 'web.1: no database']);
  });

  it('is the same with colours', () => {
    const coloured = frame(picture({ selected: 'web.1' }), { columns: 80, rows: 24 }, true).lines;
    assert.deepEqual(
      coloured.map(plain).map(one => one.trimEnd()),
      draw({ selected: 'web.1' }).map(one => one.trimEnd()),
    );
  });
});

describe('drawing', () => {
  it('sends only the lines that differ, and all of them in one piece', () => {
    const sent = changes(['a', 'b', 'c'], ['a', 'x', 'c'], 10);
    assert.equal(sent, '\u001B[?2026h\u001B[2;1H\u001B[0mx\u001B[0m\u001B[K\u001B[?2026l');
    assert.equal(changes(['a'], ['a'], 10), '');
    assert.equal(changes(undefined, ['a', 'b'], 10).split('\u001B[0m\u001B[K').length, 3);
  });

  it('erases what was longer, also whole lines, and nothing behind a full one', () => {
    assert.equal(changes(['a', 'b'], ['a'], 10), '\u001B[?2026h\u001B[2;1H\u001B[0m\u001B[K\u001B[?2026l');
    assert.ok(!changes(['a'], ['0123456789'], 10).includes('\u001B[K'));
    assert.match(changes(undefined, ['0123456789abc'], 10), /012345678…/);
  });
});

describe('the memory of top', () => {
  it('keeps a bounded number of lines, names and samples', () => {
    const full = new LogBook();
    for (let count = 0; count < 5000; count++) full.add(line('web.1', String(count)));
    assert.ok(full.lines('web.1').length <= 1000);
    assert.equal(full.lines('web.1').at(-1)?.text, '4999');
    for (let count = 0; count < 300; count++) full.add(line(`web.${count + 2}`, 'once'));
    assert.deepEqual(full.lines('web.1'), []);
    assert.equal(full.lines('web.301').length, 1);
    for (let second = 0; second < 500; second++) courses.learn(shop);
    const [web] = shop.items.slice(1);
    assert.equal(courses.of(web?.id).cpu.length, 120);
    courses.learn({ ...shop, items: [] });
    assert.equal(courses.of(web?.id).cpu.length, 0);
  });
});

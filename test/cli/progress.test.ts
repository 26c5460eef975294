/** What is seen while a change is under way: where each instance stands, on a terminal in its place, elsewhere once. */
import assert from 'node:assert/strict';
import type { ControlEvent, DeathStatus, InstanceStatus } from '../../lib/daemon/api.ts';
import { Steps } from '../../lib/cli/progress/steps.ts';
import { BIN, HELLO, hello, withDaemon } from '../daemon/running.ts';
import { death, instance } from './render/shop.ts';
import { atTmux } from './tmux.ts';

const BEGAN = Date.parse('2026-05-04T10:15:00.000Z');
const at = (milliseconds: number): string => new Date(BEGAN + milliseconds).toISOString();

const change = (name: string, id: number, state: InstanceStatus['state'], since: number): ControlEvent => ({
  kind: 'instance',
  instance: instance(name, { id, state, since: at(since), started: at(0) }),
});
const end = (name: string, id: number, when: number, more: Partial<DeathStatus> = {}): ControlEvent => ({
  kind: 'death',
  death: death(name, { id, at: at(when), reason: 'reload', code: 0, ...more }),
});

/** Tells a story; the result is each fact as it came, and the lines as they are in the end. */
function told(...events: readonly ControlEvent[]): { readonly facts: readonly string[]; readonly lines: readonly string[] } {
  const steps = new Steps();
  const now = BEGAN + 1000;
  const facts = events.flatMap(event => steps.note(event, now)).map(({ mark, text }) => `${mark} ${text}`);
  return { facts, lines: steps.lines(now).map(({ mark, text }) => `${mark} ${text}`) };
}

describe('the progress of a change', () => {
  it('is one line for each name: the new one starts, is ready, and the old one drains', () => {
    const begun = told(change('web.1', 7, 'starting', 0));
    assert.deepEqual([begun.facts, begun.lines], [[], ['open web.1 starting 1.0 s']]);
    const ready = told(change('web.1', 7, 'starting', 0), change('web.1', 7, 'ready', 310), change('web.1', 3, 'draining', 310));
    assert.deepEqual(ready.facts, ['done web.1 ready 310 ms']);
    assert.deepEqual(ready.lines, ['open web.1 ready 310 ms, old draining 690 ms']);
    const done = told(change('web.1', 7, 'starting', 0), change('web.1', 7, 'ready', 310), change('web.1', 3, 'draining', 310), end('web.1', 3, 405));
    assert.deepEqual(done.facts, ['done web.1 ready 310 ms', 'done web.1 old drained 95 ms']);
    assert.deepEqual(done.lines, ['done web.1 ready 310 ms, old drained 95 ms']);
  });

  it('tells what only goes, and what had to be killed', () => {
    assert.deepEqual(told(change('web.4', 4, 'draining', 0), end('web.4', 4, 60)).facts, ['done web.4 drained 60 ms']);
    assert.deepEqual(told(change('web.4', 4, 'draining', 0), end('web.4', 4, 5000, { signal: 'SIGKILL', code: null })).facts, [
      'done web.4 killed after 5.0 s',
    ]);
  });

  it('tells a failure once, with its cause, and counts it; a success takes it back', () => {
    const fails = (id: number): readonly ControlEvent[] => [
      change('web.1', id, 'starting', 0),
      end('web.1', id, 84, { reason: 'exit', code: 1, lastLines: ['Error: no database', 'Node.js v20.20.2'] }),
    ];
    const failed = told(...fails(7), ...fails(8));
    assert.deepEqual(failed.facts, ['failed web.1 exit 1 after 84 ms, before it was ready: no database']);
    assert.deepEqual(failed.lines, ['failed web.1 exit 1 after 84 ms, before it was ready: no database (2 times)']);
    assert.deepEqual(told(...fails(7), change('web.1', 8, 'starting', 0), change('web.1', 8, 'ready', 200)).lines, ['done web.1 ready 200 ms']);
  });

  it('tells one that has done its work as done, and begins anew with the next one', () => {
    const runs = (id: number): readonly ControlEvent[] => [
      change('migrate.1', id, 'starting', 0),
      change('migrate.1', id, 'ready', 10),
      end('migrate.1', id, 328, { reason: 'exit', code: 0, uptime: 328, served: true, completed: true, lastLines: ['3 tables'] }),
    ];
    const done = told(...runs(7));
    assert.deepEqual(done.facts, ['done migrate.1 ready 10 ms', 'done migrate.1 completed 328 ms']);
    assert.deepEqual(done.lines, ['done migrate.1 completed 328 ms']);
    assert.deepEqual(told(...runs(7), change('migrate.1', 8, 'starting', 600)).lines, ['open migrate.1 starting 1.0 s']);
    const fails = end('migrate.1', 6, 84, { reason: 'exit', code: 1 });
    assert.deepEqual(told(change('migrate.1', 6, 'starting', 0), fails, ...runs(7)).lines, ['done migrate.1 completed 328 ms']);
  });

  it('tells of new ones that are taken back, and nothing of those that stay as they are', () => {
    const taken = told(change('agent', 9, 'starting', 0), change('agent', 9, 'ready', 100), change('agent', 9, 'draining', 200), end('agent', 9, 210));
    assert.deepEqual(taken.facts, ['done agent ready 100 ms', 'done agent drained 10 ms']);
    assert.deepEqual(told(change('web.1', 3, 'ready', 0), change('web.1', 3, 'unready', 5), { kind: 'state', state: 'reloading' }).lines, []);
  });

  it('is told on standard error where no terminal is, each fact once; a failure with its cause and the next command', () =>
    withDaemon(hello(), async ({ brood, write }) => {
      const reloaded = await brood(['reload', '--canary-time', '0ms']);
      assert.deepEqual([reloaded.code, reloaded.out], [0, '']);
      for (const name of ['agent', 'web.1', 'web.2']) {
        assert.equal(reloaded.err.match(new RegExp(`^  ✔ ${name} ready \\d`, 'gm'))?.length, 1, reloaded.err);
        assert.equal(reloaded.err.match(new RegExp(`^  ✔ ${name} old drained \\d`, 'gm'))?.length, 1, reloaded.err);
      }
      assert.match(reloaded.err, /\nReloaded in .* web=2\n$/);
      const json = await brood(['scale', 'web=1', '--json']);
      assert.deepEqual([json.code, json.err], [0, '']);
      write({ 'app.js': 'throw new Error("no database");\n' });
      const failed = await brood(['reload', '--canary-time', '0ms']);
      assert.equal(failed.code, 4);
      assert.match(failed.err, /^ {2}✘ web\.1 .*before it was ready: .*no database$/m);
      assert.match(failed.err, /^brood: the new generation did not start, the old one keeps serving: web\.1: .*no database$/m);
      assert.match(failed.err, /\nNext: brood inspect web\.1\n$/);
      write({ 'app.js': HELLO });
    }));

  it('stands in its place on a terminal, in colour', () =>
    withDaemon(hello(), async ({ directory }) => {
      const line = `cd "${directory}"; "${process.execPath}" "${BIN}" reload --canary-time 0ms; "${process.execPath}" "${BIN}" stop; echo end; read x`;
      await atTmux(line, [80, 24], async ({ see }) => {
        const lines = await see(/^end$/m);
        for (const name of ['agent', 'web.1', 'web.2']) {
          assert.equal(lines.filter(one => one.startsWith(`  ✔ ${name} ready `)).length, 1);
          assert.ok(
            lines.some(one => new RegExp(`^ {2}✔ ${name} ready [\\d.]+ m?s, old drained [\\d.]+ m?s$`).test(one)),
            lines.join('\n'),
          );
        }
        assert.ok(lines.some(one => one.startsWith('Reloaded in ')));
        // What a stop shows while it lasts gives way to its report.
        assert.equal(lines.filter(one => /draining|drained/.test(one)).length, 3);
        assert.ok(lines.some(one => /^Stopped shop in .*nothing is left of it\.$/.test(one)));
      });
    }));
});

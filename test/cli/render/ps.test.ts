/** What `brood ps` and `brood inspect` show. */
import assert from 'node:assert/strict';
import type { DeathStatus, Status, TypeStatus } from '../../../lib/daemon/api.ts';
import { causeOf } from '../../../lib/cli/render/ending.ts';
import { inspectText } from '../../../lib/cli/render/inspection.ts';
import { psText } from '../../../lib/cli/render/ps.ts';
import type { PsLook } from '../../../lib/cli/render/ps.ts';
import { displayWidth, plain } from '../../../lib/cli/render/width.ts';
import { death, inspection, instance, NOW, shop, type } from './shop.ts';

const look = (more: Partial<PsLook> = {}): PsLook => ({ width: 80, colour: false, now: NOW, ...more });
const rowOf = (lines: readonly string[], name: string): string => lines.find(line => line.startsWith(`${name} `)) ?? '';

describe('ps', () => {
  it('shows application, instances, empty places, and what cannot run with the next command, in 80 columns', () => {
    assert.deepEqual(psText(shop, look()), [
      'APP shop   up 3d 4h   master 41200   115% cpu   562 MB   http://localhost:7001',
      'NAME      STATE     READY  UP      RESTARTS   CPU    MEM  RPS   p99',
      'agent     running   yes    3d 4h   0         0.1%  61 MB    -     -',
      'web.1     running   yes    2h 10m  1         1.2%  88 MB   41  18ms',
      'web.2     running   yes    2h 10m  0         1.1%  86 MB   40  17ms',
      'web.3     draining  no     2h 10m  0         0.3%  91 MB    2  20ms  reload',
      'web.3     starting  no     1s      0         9.8%  55 MB    -     -',
      'web.4     hanging   yes    2h 10m  0         100%  90 MB    -     -',
      'worker.1  backoff   -      -       -            -      -    -     -  in 16s',
      'worker.2  running   yes    2h 10m  0         2.0%  40 MB    -     -',
      'clock     stopped   -      -       -            -      -    -     -',
      'worker.1: exit 1 "connect ECONNREFUSED 127.0.0.1:6379"   brood inspect worker.1',
    ]);
  });

  it('tells what has done its work from what waits for its turn and from what fails', () => {
    const done = (wanted: number, completed: number, state: TypeStatus['state'], more: Partial<TypeStatus> = {}): Status => ({
      ...shop,
      types: [type('migrate', { wanted, ready: 0, completed, state, lastDeath: death('migrate.1', { code: state === 'backoff' ? 1 : 0 }), ...more })],
      items: [],
    });
    const states = (status: Status): readonly string[] => psText(status, look()).flatMap(line => /^migrate\.\d +(\S+)/.exec(line)?.[1] ?? []);
    assert.deepEqual(states(done(2, 2, 'completed')), ['completed', 'completed']);
    assert.deepEqual(states(done(2, 1, 'starting')), ['completed', 'waiting']);
    assert.deepEqual(states(done(2, 1, 'backoff')), ['completed', 'backoff']);
    assert.deepEqual(states(done(2, 1, 'backoff', { completedSlots: [2] })), ['backoff', 'completed']);
    assert.doesNotMatch(psText(done(2, 2, 'completed'), look()).join('\n'), /brood inspect/);
  });

  it('says why an instance was started again where there is room', () => {
    const healthy: Status = { ...shop, types: [type('web')], items: [instance('web.1', { restarts: 2, lastReason: 'uncaughtException' })] };
    assert.match(rowOf(psText(healthy, look()), 'web.1'), / 2 \(exception\) /);
    const lastDeath = death('web.1', { code: 7 });
    const exited: Status = { ...shop, types: [type('web', { lastDeath })], items: [instance('web.1', { restarts: 2, lastReason: 'exit' })] };
    assert.match(rowOf(psText(exited, look()), 'web.1'), / 2 \(exit 7\) /);
  });

  it('fits every width down to 40, leaving out the least important', () => {
    for (let width = 40; width <= 160; width++) {
      for (const wide of [false, true]) {
        const lines = psText(shop, look({ width, wide }));
        assert.deepEqual(
          lines.filter(line => displayWidth(line) > width),
          [],
        );
        assert.match(rowOf(lines, 'web.1'), /running .* 1\.2% {2}88 MB/);
        assert.match(lines.join('\n'), /brood inspect worker\.1/);
      }
    }
    assert.ok(
      !psText(shop, look({ width: 40 }))
        .join('\n')
        .includes('p99'),
    );
  });

  it('shows more with -o wide', () => {
    const lines = psText(shop, look({ width: Infinity, wide: true }));
    assert.match(lines[0] ?? '', /brood 0\.1\.0, node v20\.20\.2, env prod/);
    assert.match(lines[1] ?? '', /PID .*LOOP {2}CONN {2}REQUESTS {2}GEN/);
    assert.match(rowOf(lines, 'web.1'), /41201 .* 1 \(exception\) .* 0\.8ms {4}12 {6}8412 {4}3$/);
    assert.match(rowOf(lines, 'worker.1'), /next try in 16s$/);
  });

  it('tells what was lost of the output, of the types that were asked for', () => {
    const status: Status = { ...shop, types: shop.types.map(one => ({ ...one, output: { bytes: 10, lost: one.type === 'web' ? 12 : 0 } })) };
    assert.equal(psText(status, look()).at(-1), 'web: 12 lines of output were lost');
    assert.doesNotMatch(psText(status, look({ only: (_, kind) => kind === 'agent' })).join(''), /lost/);
  });

  it('colours what needs attention, and changes nothing else by it', () => {
    const lines = psText(shop, look({ colour: true }));
    assert.deepEqual(lines.map(plain), psText(shop, look()));
    assert.ok(lines.some(line => line.includes('\u001B[31mbackoff\u001B[39m')));
    assert.ok(lines.some(line => line.includes('\u001B[32mrunning\u001B[39m')));
  });

  it('keeps names of many signs, and wide ones, in their columns', () => {
    const names = ['web.1', '日本語日本語.1', 'a-very-long-name-of-a-process-type-that-somebody-has-chosen.1'];
    const status: Status = {
      ...shop,
      app: { ...shop.app, name: 'sh\u001B[2Jop' },
      types: names.map(name => type(name.replace('.1', ''))),
      items: names.map(name => instance(name, { cpu: 0.5 })),
    };
    const lines = psText(status, look());
    assert.match(lines[0] ?? '', /^APP shop /);
    const ends = lines.slice(1).map(line => displayWidth(line.slice(0, line.indexOf(line === lines[1] ? 'CPU' : '50.0%'))));
    assert.equal(new Set(ends.slice(1)).size, 1);
    for (const line of lines) assert.ok(displayWidth(line) <= 80, line);
  });

  it('shows only what was asked for', () => {
    const lines = psText(shop, look({ only: (name, kind) => kind === 'web' || name === 'agent' }));
    assert.deepEqual(
      lines.slice(2).map(line => line.split(' ')[0]),
      ['agent', 'web.1', 'web.2', 'web.3', 'web.3', 'web.4'],
    );
  });

  it('tells that an application does not run as usual', () => {
    const status: Status = {
      ...shop,
      master: { ...shop.master, state: 'reloading' },
      types: [type('web', { wanted: 2, ready: 0, state: 'starting' })],
      items: [],
    };
    const lines = psText(status, look());
    assert.match(lines[0] ?? '', /^APP shop {3}reloading /);
    assert.match(rowOf(lines, 'web.1'), /^web\.1 +waiting/);
    assert.match(rowOf(lines, 'web.2'), /^web\.2 +waiting/);
    const none = psText({ ...status, types: [type('web', { wanted: 0, ready: 0 })] }, look());
    assert.match(rowOf(none, 'web'), /stopped .* scaled to 0$/);
  });
});

describe('the cause of an end', () => {
  it('is the error that the instance has told, or the line of its output that says most', () => {
    const cause = (...lastLines: readonly string[]): string | undefined => causeOf({ lastLines });
    assert.equal(causeOf({ error: { name: 'Error', message: 'no database\nsecond line' }, lastLines: ['x'] }), 'no database');
    assert.equal(cause('TypeError: x is no function', '    at f (/a.js:1:2)', '', 'Node.js v20.20.2'), 'TypeError: x is no function');
    assert.equal(cause('listening', 'disk full', ''), 'disk full');
    assert.equal(cause(), undefined);
    assert.equal(cause('\u001B[31mError: red\u001B[0m'), 'red');
  });
});

describe('the first line of ps', () => {
  it('tells where clients come in, also when that is an entry', () => {
    const { address: _own, ...app } = shop.app;
    const [first] = psText({ ...shop, app: { ...app, entries: [{ type: 'web', url: 'http://localhost:5000' }] } }, look({ width: 100 }));
    assert.match(first ?? '', / {3}http:\/\/localhost:5000 \(web\)$/);
  });
});

describe('inspect', () => {
  const lines = inspectText(inspection, { width: 80, colour: false, now: NOW });
  const text = lines.join('\n');

  it('tells the whole history: when, why, how, after what time, and the last lines', () => {
    assert.deepEqual(lines.slice(0, 6), [
      'worker.1',
      'does not run',
      '  command  node worker.js',
      '  restart  when always',
      '',
      '3 ends, the last one at the bottom:',
    ]);
    assert.match(text, /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}reload, exit 0 after 5h {2}3h ago, pid 40988, generation 3\n/);
    assert.match(text, / {2}hang, SIGKILL after 3h {2}30s ago, .*\n {2}\| mail 17 sent\n {2}\| red\n/);
    assert.match(text, / {2}exit 1 after 84 ms, before it was ready {2}8s ago.*\n(?: {2}\| .*\n)* {2}\| Error: connect ECONNREFUSED 127\.0\.0\.1:6379\n/);
  });

  it('shows the error with its place, and no line twice', () => {
    const error = { name: 'Error', message: 'no database', frame: 'app.js:3\n> 3 | connect()', stack: 'Error: no database\n    at app.js:3' };
    const told = inspectText(
      { ...inspection, deaths: [death('web.1', { error, lastLines: ['hello', 'no database'], step: 'app.js' })] },
      { width: 80, colour: false, now: NOW },
    );
    assert.deepEqual(told.slice(-4), ['    no database', '    app.js:3', '    > 3 | connect()', '  | hello']);
    assert.match(told.join('\n'), /before it was ready \(app\.js\)/);
  });

  it('shows what had blocked the event loop, and that it had to be killed', () => {
    const stack = [
      { function: 'spin', file: '/srv/shop/app.js', line: 7, column: 3 },
      { function: 'emit', file: 'node:events', line: 518, column: 28 },
    ];
    const hung = death('web.1', {
      reason: 'hang',
      code: null,
      signal: 'SIGKILL',
      served: true,
      escalated: true,
      hang: { after: 1200, stack, requests: ['GET /slow'] },
    });
    const told = inspectText({ ...inspection, deaths: [hung] }, { width: 80, colour: false, now: NOW }).join('\n');
    assert.match(told, / hang, SIGKILL after 84 ms, had to be killed /);
    assert.match(
      told,
      /\n {4}the event loop has stood still for 1\.2 s in spin \(\/srv\/shop\/app\.js:7:3\); under way: GET \/slow\n {8}at spin \(\/srv\/shop\/app\.js:7:3\)\n/,
    );
  });

  it('tells what has done its work from what does not run', () => {
    const end = (more: Partial<DeathStatus>): string | undefined =>
      inspectText({ ...inspection, deaths: [death('migrate.1', more)] }, { width: 80, colour: false, now: NOW })[1];
    assert.deepEqual([end({ code: 0, completed: true }), end({ code: 0 }), end({ code: 1, failed: true })], ['completed', 'does not run', 'failed']);
  });

  it('shows how it is started in the words of the configuration, and nothing that is empty', () => {
    const start = { kind: 'command', line: './serve', port: 5001, apart: true, door: 5000 };
    const spec = { type: 'web', start, after: [], until: {}, stop: { drainTimeout: 5000, notice: 50 }, surge: 1, spare: 0, booting: 4, mail: 'none' };
    assert.deepEqual(inspectText({ ...inspection, spec, deaths: [] }, { width: 80, colour: false, now: NOW }).slice(2, -2), [
      '  command  ./serve',
      '  entry    5000',
      '  stop     drainTimeout 5000',
    ]);
  });

  it('shows what runs now', () => {
    const web = inspectText({ ...inspection, name: 'web.1', current: shop.items.slice(1, 2), deaths: [] }, { width: 120, colour: false, now: NOW });
    assert.equal(web[1], 'running   pid 41201   up 2h 10m   1 restart   1.2% cpu   88 MB   41 req/s   p99 18ms   loop 0.8ms   12 open');
    assert.equal(web.at(-1), 'It has never ended.');
  });
});

/** The output of instances in the files of a hub: byte for byte, by instance, with back-pressure. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { PassThrough, Writable } from 'node:stream';
import { LogHub } from '../../../lib/formation/log/hub.ts';
import { fixture } from '../../helpers/paths.ts';
import { withFiles } from '../../helpers/files.ts';
import { until } from '../../helpers/until.ts';
import { bytesBack } from './bytes.ts';
import { connect, instanceOf, linesOf, startLine, textsOf, withHub } from './hubs.ts';

const program = (name: string): string => `exec '${process.execPath}' '${fixture('programs', `${name}.js`)}'`;
const ROW = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /gm;
const MIB = 1024 * 1024;

describe('a log hub with files', () => {
  it('writes one file for each process type, and one for the master', async () => {
    await withHub({}, async ({ hub, path, directory }) => {
      const [one, two, agent] = [instanceOf(hub, 'web', 1), instanceOf(hub, 'web', 2), instanceOf(hub, 'agent')];
      one.write('listening\n');
      two.error('a warning\n');
      agent.write('ready\n\n');
      await hub.begin('shop starts');
      hub.system('web.2 ended', 'error');
      await hub.close();
      const read = (name: string): string => readFileSync(path(name), 'utf8').replaceAll(ROW, '');
      assert.equal(read('web.log'), 'web.1 | listening\nweb.2 ! a warning\n');
      assert.equal(read('agent.log'), 'agent | ready\nagent | \n');
      assert.equal(read('system.log'), 'system ^ shop starts\nsystem | error: web.2 ended\n');
      assert.equal(lstatSync(path('web.log')).mode & 0o027, 0);
      assert.equal(lstatSync(directory).mode & 0o027, 0);
    });
  });

  it('that waits writes nothing before its beginning, for the files may be those of another: then the beginning, and what was said', async () => {
    await withHub({ waits: true }, async ({ hub, path }) => {
      hub.system('noticed', 'warn');
      assert.equal(existsSync(path('system.log')), false);
      await hub.begin('shop starts');
      hub.system('later');
      await hub.close();
      assert.equal(readFileSync(path('system.log'), 'utf8').replaceAll(ROW, ''), 'system ^ shop starts\nsystem | warning: noticed\nsystem | later\n');
    });
    await withHub({ waits: true }, async ({ hub, path }) => {
      hub.system('refused', 'error');
      await hub.close();
      assert.equal(existsSync(path('system.log')), false);
    });
  });

  it('refuses a link, and what is no directory', async () => {
    await withFiles({ file: '' }, ({ path }) => {
      mkdirSync(path('elsewhere'));
      symlinkSync(path('elsewhere'), path('link'));
      for (const name of ['link', 'file']) assert.throws(() => new LogHub({ dir: path(name) }), { code: 'BROOD_LOG_DIRECTORY' });
    });
  });

  it('keeps every byte of a program: NUL, carriage returns, broken UTF-8, a last line without its end', async () => {
    await withHub({}, async ({ hub, directory }) => {
      await startLine(hub, program('writes-odd-bytes')).ended;
      await hub.close();
      const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      const rest = Buffer.from('\n\nh\u00e9 \u20ac \u{1F600}\n\u001B[31mred\r\n');
      assert.deepEqual(bytesBack(directory, 'web'), Buffer.concat([every, rest, Buffer.from([0xff, 0xfe, 0x0a, 0xc3]), Buffer.from('no end')]));
    });
  });

  it('loses, cuts and mixes nothing of three that flood at once, while the files rotate', async () => {
    await withHub({ maxSize: 4 * MIB, maxFiles: 0 }, async ({ hub, directory, path }) => {
      const lines = 100_000;
      const flood = [1, 2, 3].map(slot => startLine(hub, `seq -f 'line %.0f of ${slot}' 1 ${lines}`, { type: slot === 3 ? 'jobs' : 'web', slot }));
      await Promise.all(flood.map(({ ended }) => ended));
      await hub.close();
      const wanted = (slot: number): string =>
        createHash('sha256')
          .update(Array.from({ length: lines }, (_, index) => `line ${index + 1} of ${slot}\n`).join(''))
          .digest('hex');
      for (const [type, slot] of [
        ['web', 1],
        ['web', 2],
        ['jobs', 3],
      ] as const)
        assert.equal(
          createHash('sha256')
            .update(bytesBack(directory, type, { name: `${type}.${slot}` }))
            .digest('hex'),
          wanted(slot),
        );
      assert.ok(lstatSync(path('web.log')).size <= 4 * MIB);
    });
  });

  it('cuts a line of 100 MB into pieces without holding it, and reads it as one line of many parts', async () => {
    await withHub({ maxSize: 1024 * MIB }, async ({ hub, directory }) => {
      await startLine(hub, program('floods-one-line'), { env: { MEGABYTES: '100' } }).ended;
      await hub.close();
      const rows = readFileSync(`${directory}/web.log`);
      let [size, longest, pieces] = [0, 0, 0];
      for (let at = 0; at < rows.length; pieces++) {
        const end = rows.indexOf(10, at);
        const begin = rows.indexOf(' ', rows.indexOf('|', at)) + 1;
        longest = Math.max(longest, end - begin);
        size += end - begin;
        at = end + 1;
      }
      assert.equal(size, 100 * MIB);
      assert.ok(longest <= 64 * 1024, `${longest} bytes`);
      assert.ok(pieces < 3000, `${pieces} pieces`);
      const parts = await linesOf(new LogHub({ dir: directory }).read());
      assert.equal(
        parts.reduce((sum, { text }) => sum + text.length, 0),
        100 * MIB,
      );
      assert.ok(parts.length <= 101, `${parts.length} parts`);
      assert.deepEqual(parts.filter(({ more }) => more !== true).length, 1);
    });
  });

  it('pauses the source of too much, and nobody else', async () => {
    await withHub({}, async ({ hub, path }) => {
      mkdirSync(path('slow.log'));
      const source = new PassThrough();
      connect(hub, source, 'slow');
      // In one turn, in which nothing can be written.
      const chunk = Buffer.from(`${'x'.repeat(64 * 1024 - 1)}\n`);
      let written = 0;
      for (; !source.isPaused() && written < 100; written++) source.write(chunk);
      assert.ok(source.isPaused() && written <= 18, `${written} chunks`);
      const other = new PassThrough();
      connect(hub, other, 'other');
      other.write('quick\n');
      assert.equal(other.isPaused(), false);
      // It cannot be written at all: then nobody waits.
      await until(() => !source.isPaused());
    });
  });

  it('lets a program live that closes its output', async () => {
    await withHub({}, async ({ hub }) => {
      const { child, ended } = startLine(hub, program('closes-its-output'));
      await until(async () => (await textsOf(hub.read())).includes('before'));
      assert.doesNotThrow(() => process.kill(child.pid, 0));
      child.ask(false, 'stop');
      await ended;
    });
  });

  it('gives the lines of a spare its name as soon as it has a slot', async () => {
    await withHub({}, async ({ hub }) => {
      const output = hub.streamsFor({ type: 'web', slot: 0, id: 9 });
      assert.ok('receive' in output.stdout);
      output.stdout.receive(Buffer.from('parked\nhalf'), () => {});
      output.serve?.(4);
      output.stdout.receive(Buffer.from(' a line\n'), () => {});
      assert.deepEqual(
        (await linesOf(hub.read())).map(({ name, text }) => [name, text]),
        [
          ['web.0', 'parked'],
          ['web.4', 'half a line'],
        ],
      );
    });
  });

  it('counts what it was given', async () => {
    await withHub({}, async ({ hub }) => {
      instanceOf(hub, 'web').write('12345\n');
      instanceOf(hub, 'web', 2).error('12345\n');
      assert.deepEqual(hub.counts().get('web'), { bytes: 12, lost: 0 });
    });
  });
});

describe('a log hub that passes output on', () => {
  it('changes no byte of it, and keeps the last of it in memory', async () => {
    const passed: Buffer[] = [];
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        passed.push(chunk);
        done();
      },
    });
    const hub = new LogHub({ pass: { stdout: sink, stderr: sink } });
    await startLine(hub, program('writes-odd-bytes')).ended;
    await startLine(hub, 'seq 1 20000', { slot: 2 }).ended;
    const bytes = Buffer.concat(passed);
    assert.equal(bytes.subarray(0, 256).equals(Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))), true);
    assert.ok(bytes.toString('latin1').endsWith(`no end${Array.from({ length: 20_000 }, (_, index) => `${index + 1}\n`).join('')}`));
    assert.deepEqual(await textsOf(hub.read({ lines: 2 })), ['19999', '20000']);
    await hub.close();
  });

  it('holds no more than it is told, and of a quiet type more than of one that floods', async () => {
    const hub = new LogHub({ memory: 64 * 1024 });
    instanceOf(hub, 'quiet').write('still here\n');
    const loud = instanceOf(hub, 'loud');
    for (let count = 0; count < 1000; count++) loud.write(`${count} ${'x'.repeat(1000)}\n`);
    const texts = await textsOf(hub.read());
    assert.equal(texts.includes('still here'), true);
    assert.ok(texts.join('').length <= 64 * 1024);
    assert.match(texts.at(-1) ?? '', /^999 /);
    await hub.close();
  });
});

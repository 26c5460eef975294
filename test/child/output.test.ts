/** The output of children passes through, whoever reads it, or nobody. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { PassThrough, Writable } from 'node:stream';
import { passOutput, reportLosses } from '../../lib/child/output.ts';
import type { ChildEvent } from '../../lib/child/child.ts';
import { built } from '../helpers/paths.ts';
import { exited, inTime, until } from '../helpers/until.ts';
import { program } from './program.ts';

const KIB = 1024;

describe('output', () => {
  it('waits for a slow reader: the source is paused at 1 MiB, and all of it arrives in the end', async () => {
    const callbacks: (() => void)[] = [];
    let received = 0;
    const slow = new Writable({
      write(chunk: Buffer, _encoding, done) {
        received += chunk.length;
        callbacks.push(done);
      },
    });
    const source = new PassThrough({ highWaterMark: 16 * KIB });
    passOutput(source, slow);
    const chunk = Buffer.alloc(64 * KIB, 'x');
    let written = 0;
    while (!source.isPaused()) {
      source.write(chunk);
      written += chunk.length;
      await new Promise(setImmediate);
    }
    assert.ok(slow.writableLength >= 1024 * KIB && slow.writableLength < 1280 * KIB, `${slow.writableLength} bytes`);
    source.end(chunk);
    written += chunk.length;
    await until(() => {
      callbacks.shift()?.();
      return received === written && callbacks.length === 0;
    });
  });

  it('goes nowhere when its reader has gone, and the source runs on', async () => {
    const source = new PassThrough();
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
    const tail = passOutput(source, broken);
    for (let line = 1; line <= 1000; line++) source.write(`line ${line} ${'.'.repeat(4 * KIB)}\n`);
    source.end('the end\n');
    await until(() => source.readableEnded);
    assert.equal(tail.lines().at(-1), 'the end');
  });

  it('tells once that its reader has gone, and how much was lost', async () => {
    const told: string[] = [];
    const end = reportLosses(message => told.push(message));
    const source = new PassThrough();
    passOutput(source, new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error('gone'), { code: 'EPIPE' })) }));
    for (let count = 0; count < 100; count++) {
      source.write('x'.repeat(1000));
      await new Promise(setImmediate);
    }
    assert.deepEqual(told, ['the reader of the output has gone (EPIPE); what the instances write there is dropped, and counted']);
    end();
    assert.ok(told.includes('100000 bytes that instances wrote to the output were lost because nobody took them'), told.join('\n'));
  });

  it('writes again when a full disk has room, and tells what was lost', async () => {
    const told: string[] = [];
    const end = reportLosses(message => told.push(message));
    const source = new PassThrough();
    let full = true;
    let received = 0;
    const disk = new Writable({
      // As process.stdout does, it stays usable after an error.
      autoDestroy: false,
      write(chunk: Buffer, _encoding, done) {
        if (full) return done(Object.assign(new Error('full'), { code: 'ENOSPC' }));
        received += chunk.length;
        return done();
      },
      destroy: (error, done) => done(error),
    });
    passOutput(source, disk);
    source.write('x'.repeat(10));
    await until(() => told.length === 1);
    full = false;
    // A Writable refuses after an error; process.stdout of Node.js takes that back in the same way.
    Reflect.get(disk, '_undestroy').call(disk);
    await until(() => {
      source.write('y');
      return received > 0;
    });
    await until(() => told.length === 2);
    end();
    assert.match(told[0] ?? '', /^the disk of the output is full \(ENOSPC\)/);
    assert.match(told[1] ?? '', /^\d+ bytes that instances wrote to the output were lost because its disk was full$/);
  });

  it('keeps the last 20 lines of the last 8 KiB, without empty ones', () => {
    const source = new PassThrough();
    const tail = passOutput(source, new PassThrough().resume());
    assert.deepEqual(tail.lines(), []);
    source.write('first\n\n  \nseco');
    source.write('nd\nthird');
    source.read();
    return until(() => tail.lines().length === 3).then(async () => {
      assert.deepEqual(tail.lines(), ['first', 'second', 'third']);
      for (let line = 1; line <= 5000; line++) source.write(`\nline ${line}`);
      await until(() => tail.lines().at(-1) === 'line 5000');
      assert.deepEqual(
        tail.lines(),
        Array.from({ length: 20 }, (_, index) => `line ${4981 + index}`),
      );
      source.write(`\n${'long '.repeat(4 * KIB)}`);
      await until(() => tail.lines().at(-1)?.endsWith('long '));
      assert.equal(Buffer.byteLength(tail.lines().join('\n')), 8 * KIB);
    });
  });

  it('is nothing when there is no stream', () => {
    assert.deepEqual(passOutput(null, new PassThrough()).lines(), []);
  });
});

describe('a master with a child that floods', () => {
  const started: ChildProcess[] = [];
  afterEach(() => {
    for (const master of started.splice(0)) master.kill('SIGKILL');
  });
  const start = (): { readonly master: ChildProcess; readonly exit: Promise<ChildEvent> } => {
    const master = fork(program('passes-output-on'), [built], { silent: true });
    started.push(master);
    const exit = inTime(
      new Promise<ChildEvent>(resolve => {
        master.on('message', event => {
          // Proven by the program: it sends what is reported.
          const reported = event as ChildEvent;
          if (reported.type === 'exit') resolve(reported);
        });
      }),
      { within: 20_000 },
    );
    return { master, exit };
  };
  const assertEnd = (event: ChildEvent): void => {
    assert.ok(event.type === 'exit');
    assert.deepEqual([event.code, event.signal], [3, null]);
    assert.match(event.lastLines.at(-1) ?? '', /^line 50000 /);
  };

  it('passes every line on, in order, to a reader that takes its time', async () => {
    const { master, exit } = start();
    assert.ok(master.stdout);
    let text = '';
    for await (const chunk of master.stdout) {
      text += String(chunk);
      if (/line 50000 \.+\n$/.test(text)) break;
      await new Promise(setImmediate);
    }
    const lines = text.trimEnd().split('\n');
    assert.equal(lines.length, 50_000);
    assert.ok(lines.every((line, index) => line.startsWith(`line ${index + 1} `)));
    assertEnd(await exit);
    master.disconnect();
    assert.equal((await exited(master)).code, 0);
  });

  it('lives on when the reader of its own output goes away', async () => {
    const { master, exit } = start();
    assert.ok(master.stdout);
    master.stdout.once('data', () => master.stdout?.destroy());
    assertEnd(await exit);
    assert.equal(master.exitCode, null);
    master.disconnect();
    assert.equal((await exited(master)).code, 0);
  });
});

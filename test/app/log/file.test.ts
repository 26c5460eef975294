/** Log files: batches, several processes, full disks, readers that do not read, and the end of the process. */
import assert from 'node:assert/strict';
import { execFileSync, fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { constants, existsSync, lstatSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LogFile } from '../../../lib/app/log/file.ts';
import { built, fixture } from '../../helpers/paths.ts';
import { exited, until } from '../../helpers/until.ts';

const MIB = 1024 * 1024;
const program = fixture('programs', 'logs-to-file.js');

describe('LogFile', () => {
  let directory = '';
  let file: LogFile | undefined;
  const reported: string[] = [];
  const children: ChildProcess[] = [];
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'brood-log-'));
    reported.length = 0;
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      child.kill('SIGKILL');
      await exited(child);
    }
    await file?.close();
    file = undefined;
    rmSync(directory, { recursive: true, force: true });
  });

  const at = (name: string): string => path.join(directory, name);
  const read = (name: string): string => readFileSync(at(name), 'utf8');
  const make = (where: () => string): LogFile =>
    (file = new LogFile({ path: where, lineOf: sentence => `(${sentence})\n`, report: message => reported.push(message), retry: 20 }));

  it('makes directory and file for nobody but owner and group, and appends', async () => {
    const log = make(() => at('a/b/app.log'));
    log.append('first\n');
    log.append('second\n');
    await log.flush();
    assert.equal(read('a/b/app.log'), 'first\nsecond\n');
    assert.equal(lstatSync(at('a/b/app.log')).mode & 0o007, 0);
    assert.equal(lstatSync(at('a')).mode & 0o007, 0);
  });

  it('follows no link', () => {
    symlinkSync('/etc/hostname', at('app.log'));
    assert.throws(() => make(() => at('app.log')).open(), { code: 'ELOOP' });
  });

  it('writes into the new file after reopen(), and has closed the old one when that is over', async () => {
    const log = make(() => at('app.log'));
    for (let line = 0; line < 1000; line++) log.append(`${line}\n`);
    renameSync(at('app.log'), at('old.log'));
    await log.reopen();
    log.append('new\n');
    await log.flush();
    const lines = `${read('old.log')}${read('app.log')}`.trimEnd().split('\n');
    assert.deepEqual(lines, [...Array.from({ length: 1000 }, (_, line) => String(line)), 'new']);
    const open = execFileSync('ls', ['-l', `/proc/${process.pid}/fd`]).toString();
    assert.ok(open.includes(at('app.log')) && !open.includes(at('old.log')), open);
  });

  it('loses nothing of what an application writes without letting the event loop turn', async () => {
    const log = make(() => at('app.log'));
    const line = `${'x'.repeat(999)}\n`;
    for (let count = 0; count < 20_000; count++) log.append(line);
    await log.flush();
    assert.equal(lstatSync(at('app.log')).size, 20_000_000);
    assert.equal(log.loss.total, 0);
  });

  it('keeps what it may while the disk is full, counts the rest, and tells both once when there is room', async () => {
    let place = '/dev/full';
    const log = make(() => place);
    const line = `${'x'.repeat(1023)}\n`;
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
    for (let round = 0; round < 40; round++) {
      for (let count = 0; count < 1000; count++) log.append(line);
      await new Promise(setImmediate);
    }
    await until(() => log.loss.total > 0);
    const grown = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed - before;
    assert.ok(grown < 30 * MIB, `grown by ${grown} bytes after 40 MiB`);
    assert.equal(reported.length, 1);
    assert.match(reported[0] ?? '', /^\/dev\/full cannot be written because the disk is full \(ENOSPC\)/);
    place = at('app.log');
    await until(() => existsSync(place) && read('app.log').includes('lines were lost'));
    await log.flush();
    const lost = log.loss.total;
    const text = read('app.log');
    assert.match(text, new RegExp(String.raw`\(${lost} lines were lost between \S+ and \S+ because the disk is full \(ENOSPC\)\)`));
    assert.equal(text.split('\n').filter(found => found === line.trimEnd()).length, 40_000 - lost);
    assert.ok(lost > 30_000);
    assert.equal(reported.length, 2);
  });

  it('does not wait for a FIFO that nobody reads, and goes on when somebody does', async () => {
    execFileSync('mkfifo', [at('fifo')]);
    const log = make(() => at('fifo'));
    assert.throws(() => log.open(), { code: 'ENXIO' });
    const reader = openSync(at('fifo'), constants.O_RDONLY | constants.O_NONBLOCK);
    const line = `${'x'.repeat(1023)}\n`;
    for (let count = 0; count < 300; count++) log.append(line);
    await until(() => reported.some(message => message.includes('its reader does not read')));
    let size = 0;
    const socket = new Socket({ fd: reader, readable: true, writable: false });
    socket.on('data', chunk => (size += chunk.length));
    await until(() => size === 300 * 1024);
    socket.destroy();
    assert.equal(log.loss.total, 0);
  });

  it('finds its way back when its directory was removed', async () => {
    const log = make(() => at('logs/app.log'));
    log.append('before\n');
    await log.flush();
    rmSync(at('logs'), { recursive: true });
    await log.reopen();
    log.append('after\n');
    await log.flush();
    assert.equal(read('logs/app.log'), 'after\n');
  });

  it('has the last lines when the process exits, and when it dies of an exception', async () => {
    for (const ending of ['exit', 'throw']) {
      const config = { console: false, file: at(`${ending}.log`) };
      const child = spawn(process.execPath, [program, built, JSON.stringify(config), '1234', ending], { stdio: 'ignore' });
      children.push(child);
      await exited(child);
      const lines = read(`${ending}.log`).trimEnd().split('\n');
      assert.equal(lines.length, 1234);
      assert.match(JSON.parse(lines.at(-1) ?? '').msg, /^line 1233 /);
    }
  });

  it('takes lines of several processes, none of them mixed, none lost while the file is put aside and reopened', async () => {
    const config = JSON.stringify({ console: false, file: at('app.log') });
    const writers = Array.from({ length: 3 }, () => fork(program, [built, config, '20000', 'idle'], { silent: true }));
    children.push(...writers);
    const heard = writers.map(() => [] as unknown[]);
    writers.forEach((writer, index) => writer.on('message', message => heard[index]?.push(message)));
    for (let round = 1; round <= 5; round++) {
      await until(() => existsSync(at('app.log')) && lstatSync(at('app.log')).size > 100_000);
      renameSync(at('app.log'), at(`app.log.${round}`));
      for (const writer of writers) writer.send('reopen');
      await until(() => heard.every(messages => messages.filter(message => message === 'reopen').length === round));
    }
    await until(() => heard.every(messages => messages.includes('done')), { within: 30_000 });
    for (const writer of writers) writer.disconnect();
    await Promise.all(writers.map(writer => exited(writer)));
    const seen = new Map(writers.map(({ pid }) => [pid, new Set<number>()]));
    const names = ['app.log', ...[1, 2, 3, 4, 5].map(round => `app.log.${round}`)];
    for (const line of names.flatMap(name => read(name).trimEnd().split('\n'))) {
      const { pid, msg }: { pid: number; msg: string } = JSON.parse(line);
      const [, number, dots] = /^line (\d+) (\.*)$/.exec(msg) ?? [];
      assert.equal(dots?.length, Number(number) % 400);
      seen.get(pid)?.add(Number(number));
    }
    assert.deepEqual(
      [...seen.values()].map(numbers => numbers.size),
      [20_000, 20_000, 20_000],
    );
  });
});

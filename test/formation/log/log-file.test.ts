/** The file of a process type: rotation, renames, back-pressure, and a disk that is full. */
import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { LogFile } from '../../../lib/formation/log/log-file.ts';
import type { LogFileOptions } from '../../../lib/formation/log/log-file.ts';
import { withFiles } from '../../helpers/files.ts';
import type { Files } from '../../helpers/files.ts';
import { until } from '../../helpers/until.ts';
import { filesOf } from './bytes.ts';

const MIB = 1024 * 1024;
const RULE = { every: undefined, size: undefined, maxFiles: 0, maxDays: 0, gzip: false, timeZone: 'UTC' } as const;

interface Made {
  readonly file: LogFile;
  readonly reported: readonly string[];
}

async function withFile(options: Partial<LogFileOptions>, use: (made: Made & Files) => Promise<void>): Promise<void> {
  await withFiles({}, async files => {
    const reported: string[] = [];
    const file = new LogFile({
      path: files.path('web.log'),
      rule: RULE,
      rowOf: text => `(${text})\n`,
      report: text => reported.push(text),
      retry: 20,
      ...options,
    });
    try {
      await use({ ...files, file, reported });
    } finally {
      await file.close();
    }
  });
}

const numbers = (from: number, to: number): string => Array.from({ length: to - from }, (_, index) => `${from + index}\n`).join('');
const contentOf = ({ directory }: Files): string =>
  filesOf(directory, 'web')
    .map(file => readFileSync(file, 'utf8'))
    .join('');

describe('the file of a process type', () => {
  it('belongs to nobody but owner and group, and is appended to', async () => {
    await withFile({}, async ({ file, path, write }) => {
      write({ 'web.log': 'before\n' });
      file.push('one\n');
      file.push('two\n');
      await file.flush();
      assert.equal(readFileSync(path('web.log'), 'utf8'), 'before\none\ntwo\n');
    });
    await withFile({}, async ({ file, path }) => {
      file.push('one\n');
      await file.flush();
      assert.equal(lstatSync(path('web.log')).mode & 0o027, 0);
    });
  });

  it('begins a row of its own where a killed master has left half of one', async () => {
    await withFile({}, async ({ file, path, write }) => {
      write({ 'web.log': 'half a ro' });
      file.push('one\n');
      await file.flush();
      assert.equal(readFileSync(path('web.log'), 'utf8'), 'half a ro\none\n');
    });
  });

  it('follows no link, and goes on when the link has gone', async () => {
    await withFile({}, async ({ file, path, reported }) => {
      writeFileSync(path('victim'), '');
      symlinkSync(path('victim'), path('web.log'));
      file.push('one\n');
      await until(() => reported.length === 1);
      assert.match(reported[0] ?? '', /web\.log cannot be written because .*(?:ELOOP|symbolic)/);
      assert.equal(readFileSync(path('victim'), 'utf8'), '');
      renameSync(path('web.log'), path('link'));
      await until(() => readFileSync(path('web.log'), 'utf8') === 'one\n');
    });
  });

  it('rotates by size: no row is lost, cut or out of order', async () => {
    await withFile({ rule: { ...RULE, size: 4096 } }, async given => {
      for (let from = 0; from < 20_000; from += 50) {
        given.file.push(numbers(from, from + 50));
        if (from % 1000 === 0) await given.file.flush();
      }
      await given.file.flush();
      const names = readdirSync(given.directory);
      assert.ok(names.length > 20, `${names.length} files`);
      for (const name of names) assert.ok(lstatSync(given.path(name)).size <= 4096, name);
      for (const name of names) assert.match(readFileSync(given.path(name), 'utf8'), /\n$/);
      assert.equal(contentOf(given), numbers(0, 20_000));
    });
  });

  it('keeps as many old files as it is told', async () => {
    await withFile({ rule: { ...RULE, size: 1000, maxFiles: 3 } }, async ({ file, directory }) => {
      for (let count = 0; count < 20; count++) {
        file.push(`${'x'.repeat(600)}\n`);
        await file.flush();
      }
      await until(() => readdirSync(directory).length === 4);
    });
  });

  it('compresses old files but the newest, when it is told to', async () => {
    await withFile({ rule: { ...RULE, size: 1000, gzip: true } }, async ({ file, directory, path }) => {
      for (let count = 0; count < 5; count++) {
        file.push(`${count}${'x'.repeat(600)}\n`);
        await file.flush();
        await until(
          () => readdirSync(directory).filter(name => !name.endsWith('.gz')).length <= 2 && !readdirSync(directory).some(name => name.endsWith('.part')),
        );
      }
      const packed = readdirSync(directory).filter(name => name.endsWith('.gz'));
      assert.equal(packed.length, 3);
      assert.deepEqual(new Set(packed.map(name => String(gunzipSync(readFileSync(path(name))))[0])), new Set(['0', '1', '2']));
    });
  });

  it('puts a file aside when its day is over, under that day', async () => {
    let now = Date.parse('2026-11-30T23:59:59Z');
    await withFile({ rule: { ...RULE, every: 'day' }, now: () => now }, async ({ file, path, write }) => {
      write({ 'web.log': 'yesterday\n' });
      utimesSync(path('web.log'), now / 1000, now / 1000);
      now += 2000;
      file.push('today\n');
      await file.flush();
      assert.equal(readFileSync(path('web.log.2026-11-30'), 'utf8'), 'yesterday\n');
      assert.equal(readFileSync(path('web.log'), 'utf8'), 'today\n');
    });
  });

  it('writes on when it cannot be rotated, and says so once', async () => {
    await withFiles({}, async ({ path }) => {
      const reported: string[] = [];
      // With a date behind it the name is longer than a file system takes.
      const long = path(`${'w'.repeat(248)}.log`);
      const file = new LogFile({ path: long, rule: { ...RULE, size: 10 }, rowOf: text => text, report: text => reported.push(text) });
      for (let count = 0; count < 3; count++) {
        file.push('a row of text\n');
        await file.flush();
      }
      await file.close();
      assert.equal(readFileSync(long, 'utf8'), 'a row of text\n'.repeat(3));
      assert.equal(reported.length, 1);
      assert.match(reported[0] ?? '', /cannot be rotated because/);
    });
  });

  it('opens its name again when it is told to: nothing is lost, and the old file is left alone', async () => {
    await withFile({}, async ({ file, path }) => {
      file.push(numbers(0, 1000));
      renameSync(await made(path('web.log'), file), path('old'));
      file.push(numbers(1000, 2000));
      await file.reopen();
      file.push(numbers(2000, 3000));
      await file.flush();
      assert.equal(readFileSync(path('old'), 'utf8') + readFileSync(path('web.log'), 'utf8'), numbers(0, 3000));
    });
  });

  it('notices by itself that somebody has renamed, removed or cut its file', async () => {
    await withFile({}, async ({ file, path }) => {
      file.push('one\n');
      renameSync(await made(path('web.log'), file), path('old'));
      await until(() => {
        file.push('two\n');
        return readFileSync(path('web.log'), 'utf8').startsWith('two\n');
      });
      truncateSync(path('web.log'));
      await until(() => {
        file.push('three\n');
        return readFileSync(path('web.log'), 'utf8').endsWith('three\n');
      });
    });
  });

  it('asks its sources to wait above 1 MiB, and calls them again', async () => {
    await withFile({}, async ({ file, path }) => {
      let resumed = 0;
      const resume = (): void => void resumed++;
      file.push(`${'x'.repeat(100)}\n`);
      assert.equal(file.hasRoom(resume), true);
      for (let count = 0; count < 20; count++) file.push(`${'x'.repeat(100 * 1024)}\n`);
      assert.equal(file.hasRoom(resume), false);
      await until(() => resumed === 1);
      assert.equal(file.hasRoom(resume), true);
      await file.flush();
      assert.equal(lstatSync(path('web.log')).size, 101 + 20 * (100 * 1024 + 1));
    });
  });

  it('makes nobody wait for what cannot be written; what is too much is counted, and told once it can', async () => {
    await withFile({}, async ({ file, path, reported }) => {
      mkdirSync(path('web.log'));
      let resumed = 0;
      for (let count = 0; count < 20; count++) file.push(`${'x'.repeat(100 * 1024)}\n`);
      assert.equal(
        file.hasRoom(() => resumed++),
        false,
      );
      await until(() => resumed === 1);
      for (let count = 0; count < 50; count++) file.push('lost\nlost\n');
      assert.equal(
        file.hasRoom(() => resumed++),
        true,
      );
      assert.equal(reported.length, 1);
      assert.equal(file.lost, 100);
      renameSync(path('web.log'), path('directory'));
      await until(() => reported.length === 2);
      file.push('after\n');
      await file.flush();
      const text = readFileSync(path('web.log'), 'utf8');
      assert.match(text, /\n\(100 lines were lost between \S+ and \S+ because .*\)\nafter\n$/);
      assert.equal(text.length - text.indexOf('('), text.slice(text.indexOf('(')).length);
      assert.ok(text.length > 20 * 100 * 1024);
    });
  });

  it('counts what it cannot write any more when it is closed', async () => {
    await withFile({}, async ({ file, path, reported }) => {
      mkdirSync(path('web.log'));
      file.push('one\ntwo\n');
      await until(() => reported.length === 1);
      await file.close();
      assert.match(reported[1] ?? '', /2 lines were lost/);
      file.push('three\n');
      assert.equal(file.lost, 3);
    });
  });

  it('takes rows of any length', async () => {
    await withFile({}, async ({ file, path }) => {
      for (let count = 0; count < 5; count++) {
        file.push(`${'x'.repeat(2 * MIB)}\n`);
        await file.flush();
      }
      assert.equal(lstatSync(path('web.log')).size, 5 * (2 * MIB + 1));
    });
  });
});

/** The path of a file, once it holds what was pushed. */
async function made(path: string, file: LogFile): Promise<string> {
  await file.flush();
  return path;
}

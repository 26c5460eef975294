/** What has been compiled is kept between starts, and never runs for anything but what it was made from. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { withFiles } from './helpers/files.ts';
import type { Files } from './helpers/files.ts';
import { ownDirectory } from '../lib/own.ts';

const execute = promisify(execFile);
const LOADER = new URL('entries/code-cache.cjs', ownDirectory).pathname;
const SOURCE = "const { word } = require('./other.cjs'); exports.say = () => word() + require('node:path').sep;\n";
const other = (word: string): string => `exports.word = () => '${word}';\n`;

interface Case extends Files {
  /** Loads it in a process of its own: what it says. */
  readonly load: (env?: NodeJS.ProcessEnv) => Promise<string>;
  /** Paths of what is kept: of the bundle, and of the one that it requires. */
  readonly kept: (bundle?: 'main' | 'other') => string;
  readonly names: () => readonly string[];
}

const withBundles = (use: (given: Case) => Promise<void>): Promise<void> =>
  withFiles({ 'main.cjs': SOURCE, 'other.cjs': other('one'), 'cache/.keep': '' }, async files => {
    const code = `console.log(require(${JSON.stringify(LOADER)}).load(${JSON.stringify(files.path('main.cjs'))}).say())`;
    const { NODE_V8_COVERAGE: _, NODE_DISABLE_COMPILE_CACHE: __, ...env } = process.env;
    const cache = files.path('cache/brood');
    const names = (): readonly string[] => (existsSync(cache) ? readdirSync(cache).sort() : []);
    await use({
      ...files,
      load: async more => (await execute(process.execPath, ['-e', code], { env: { ...env, XDG_CACHE_HOME: files.path('cache'), ...more } })).stdout.trim(),
      kept: (bundle = 'main') => path.join(cache, names().find(name => name.startsWith(`${bundle}-`)) ?? 'nothing is kept'),
      names,
    });
  });

describe('the code of our bundles', () => {
  it('is kept, for its user alone, and taken again', () =>
    withBundles(async ({ load, kept, names }) => {
      assert.equal(await load(), 'one/');
      assert.equal(names().length, 2);
      assert.equal(statSync(kept()).mode & 0o777, 0o600);
      assert.equal(statSync(path.dirname(kept())).mode & 0o777, 0o700);
      const { ino } = statSync(kept());
      assert.equal(await load(), 'one/');
      assert.equal(statSync(kept()).ino, ino, 'written once');
    }));

  it('is that of the file that is there now: another one of the same length and the same time is compiled anew', () =>
    withBundles(async ({ load, path: at, kept }) => {
      assert.equal(await load(), 'one/');
      const { ino } = statSync(kept('other'));
      const { mtime, atime } = statSync(at('other.cjs'));
      writeFileSync(at('new.cjs'), other('two'));
      utimesSync(at('new.cjs'), atime, mtime);
      renameSync(at('new.cjs'), at('other.cjs'));
      assert.equal(await load(), 'two/');
      assert.notEqual(statSync(kept('other')).ino, ino);
      assert.equal(await load(), 'two/');
    }));

  it('is not taken from where another user could have written it', () =>
    withBundles(async ({ load, kept, path: at }) => {
      await load();
      chmodSync(kept(), 0o666);
      assert.equal(await load(), 'one/');
      assert.equal(statSync(kept()).mode & 0o777, 0o600, 'written anew');
      const place = kept();
      renameSync(place, at('elsewhere'));
      symlinkSync(at('elsewhere'), place);
      assert.equal(await load(), 'one/');
      assert.ok(statSync(place).ino !== statSync(at('elsewhere')).ino, 'the link was not followed');
    }));

  it('is compiled as ever where it is damaged, cut off or cannot be kept', () =>
    withBundles(async ({ load, kept, path: at, names }) => {
      await load();
      const whole = readFileSync(kept());
      for (const damage of [
        () => truncateSync(kept(), whole.length - 100),
        () => truncateSync(kept(), 10),
        () => writeFileSync(kept(), ''),
        () => writeFileSync(kept(), Buffer.concat([whole.subarray(0, whole.indexOf('\n') + 1), Buffer.alloc(500, 7)])),
        () => writeFileSync(kept(), Buffer.concat([whole.subarray(0, -200), Buffer.alloc(200)])),
        () =>
          writeFileSync(
            kept(),
            whole.map((byte, place) => (place === whole.length - 301 ? byte ^ 4 : byte)),
          ),
      ]) {
        damage();
        assert.equal(await load(), 'one/');
        assert.equal(readFileSync(kept()).length, whole.length, 'written anew');
      }
      assert.equal(names().length, 2, 'nothing half is left');
      rmSync(at('cache'), { recursive: true });
      writeFileSync(at('cache'), 'a file');
      assert.equal(await load(), 'one/');
    }));

  it('is neither taken nor kept where NODE_DISABLE_COMPILE_CACHE=1 says so, and where coverage is taken', () =>
    withBundles(async ({ load, names, path: at }) => {
      assert.equal(await load({ NODE_DISABLE_COMPILE_CACHE: '1' }), 'one/');
      assert.equal(await load({ NODE_V8_COVERAGE: at('coverage') }), 'one/');
      assert.deepEqual(names(), []);
    }));

  it('does not fill the disk: of many files the oldest go', () =>
    withBundles(async ({ load, write, names }) => {
      write(Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`cache/brood/old-${index}`, ''])));
      await load();
      assert.equal(names().length, 64);
      assert.equal(names().filter(name => !name.startsWith('old-')).length, 2);
    }));

  it('is kept of the command line', () =>
    withFiles({ 'cache/.keep': '' }, async ({ path: at }) => {
      const bin = new URL('bin/brood.cjs', ownDirectory).pathname;
      const { NODE_V8_COVERAGE: _, NODE_DISABLE_COMPILE_CACHE: __, ...env } = process.env;
      const version = async (): Promise<string> =>
        (await execute(process.execPath, [bin, '--version'], { env: { ...env, XDG_CACHE_HOME: at('cache') } })).stdout;
      const first = await version();
      assert.deepEqual(
        readdirSync(at('cache/brood')).map(name => name.replace(/-\w+$/, '')),
        ['cli'],
      );
      assert.equal(await version(), first);
    }));
});

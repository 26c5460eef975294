/** app_desc.yaml as the daemon reads it: found, within bounds, every mistake with its line. */
import assert from 'node:assert/strict';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadAppDesc } from '../../lib/daemon/app-desc.ts';
import { findAppDesc } from '../../lib/daemon/app-desc-find.ts';
import type { LoadOptions } from '../../lib/daemon/app-desc.ts';
import { BroodError } from '../../lib/errors.ts';
import { withFiles } from '../helpers/files.ts';
import { fixture } from '../helpers/paths.ts';

const OPTIONS: LoadOptions = { environment: 'prod' };
const DESCRIBED = 'spec_version: 2\nmodule: {language: Go, processes: {web: {command: ./shop}}}\n';

async function failing(file: string, options: LoadOptions = OPTIONS): Promise<BroodError> {
  const error: unknown = await loadAppDesc(file, options).then(
    () => assert.fail(`${file} was read`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof BroodError, String(error));
  assert.equal(error.exitCode, 5);
  return error;
}

describe('app_desc.yaml of a directory', () => {
  it('is found under both of its endings, and not twice', async () => {
    await withFiles({}, ({ directory, path: at, write }) => {
      assert.equal(findAppDesc(directory), undefined);
      write({ 'app_desc.yml': '' });
      assert.equal(findAppDesc(directory), at('app_desc.yml'));
      write({ 'app_desc.yaml': '' });
      assert.throws(() => findAppDesc(directory), { code: 'BROOD_APP_DESC_SEVERAL', exitCode: 5 });
    });
  });

  it('is read, with what is to be said of it', async () => {
    const { from, description, remarks } = await loadAppDesc(fixture('app-desc', 'shop-2.yaml'), OPTIONS);
    assert.deepEqual([from, description?.name, description?.modules.length], ['app-desc', 'shop', 2]);
    assert.ok(remarks.length > 0 && remarks.every(({ level }) => level === 'note'));
  });

  it('that cannot be run is one error with every mistake: place, line, caret, remedy', async () => {
    const file = fixture('app-desc', 'broken.yaml');
    const error = await failing(file);
    assert.match(error.message, /broken\.yaml cannot be run: 4 mistakes, 1 warning$/);
    const shown = path.relative(process.cwd(), file);
    assert.deepEqual(
      String(error.details['frame'])
        .replaceAll(shown.startsWith('..') ? file : shown, 'broken.yaml')
        .split('\n'),
      [
        '',
        'broken.yaml:2:1: "module" lacks "language"',
        '> 2 | module:',
        '    | ^',
        '  Add language: one of Python, PHP, Go, NodeJS, Java.',
        '',
        'broken.yaml:3:3: warning: unknown key "module.langauge"',
        '> 3 |   langauge: Go',
        '    |   ^',
        '  Did you mean "language"?',
        '',
        'broken.yaml:4:15: "module.source_dir" leaves the directory of the application: ../outside',
        '> 4 |   source_dir: ../outside',
        '    |               ^',
        '  Name a directory inside of it, with "/".',
        '',
        'broken.yaml:6:5: "redis_queue" is no name of a process: small letters, digits and -, a letter or a digit first, at most 12 characters',
        '> 6 |     redis_queue: { command: redis-server }',
        '    |     ^',
        '  Choose another name.',
        '',
        'broken.yaml:7:47: "module.processes.web.replicas" must be a whole number from 0 to 5, got \'nine\'',
        '> 7 |     web: { command: node server.js, replicas: nine }',
        `    | ${' '.repeat(46)}^`,
        '  Correct it.',
        '',
      ],
    );
  });

  it('that is too large, no text or no file is an error at once', async () => {
    await withFiles({ 'app_desc.yaml': '' }, async ({ path: at }) => {
      truncateSync(at('app_desc.yaml'), 10 * 1024 ** 3);
      assert.match(String((await failing(at('app_desc.yaml'))).details['frame']), /too large for a description/);
      writeFileSync(at('app_desc.yaml'), Buffer.from([0x61, 0x3a, 0xff]));
      assert.match((await failing(at('app_desc.yaml'))).message, /it is no UTF-8/);
      mkdirSync(at('directory'));
      assert.match((await failing(at('directory'))).message, /it is no file/);
      assert.match((await failing(at('missing.yaml'))).message, /ENOENT/);
    });
  });

  it('goes together with a Procfile, or does not', async () => {
    await withFiles(
      { 'app_desc.yaml': DESCRIBED, 'old.yaml': 'app_code: shop\n', 'bare.yaml': 'spec_version: 2\nmodule: {language: Go}\n' },
      async ({ path: at }) => {
        const procfile = (command: string) => ({ ...OPTIONS, procfile: { file: at('Procfile'), entries: [{ name: 'web', command }] } });
        assert.equal((await loadAppDesc(at('app_desc.yaml'), procfile('./shop'))).from, 'app-desc');
        const conflict = await failing(at('app_desc.yaml'), procfile('./other'));
        assert.equal(conflict.code, 'BROOD_APP_DESC_CONFLICT');
        assert.match(conflict.message, /define different processes: web$/);
        assert.equal((await loadAppDesc(at('bare.yaml'), procfile('./shop'))).from, 'procfile');
        assert.equal((await failing(at('bare.yaml'))).code, 'BROOD_APP_DESC_EMPTY');
        const old = await loadAppDesc(at('old.yaml'), procfile('./shop'));
        assert.deepEqual([old.from, old.description, old.remarks.map(({ level }) => level)], ['procfile', undefined, ['warning']]);
        assert.match((await failing(at('old.yaml'))).message, /cannot be run: 1 mistake$/);
      },
    );
  });
});

/** Whom a changed file concerns. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { Concerned } from '../../../lib/cli/dev/concerned.ts';
import { withFiles } from '../../helpers/files.ts';

const whom = (contents: Readonly<Record<string, string>>, names: readonly string[], script?: string): Promise<readonly string[]> =>
  withFiles(contents, ({ directory, path }) => {
    const concerned = new Concerned({ baseDir: directory, script });
    return names.map(name => `${name}: ${concerned.by([path(name)]).join(' ')}`);
  });

const APP = { 'app.js': "import './lib/shown.js';\nconst late = await import('./lib/late.js');\nrequire('./lib/both');" };
const LIB = {
  'lib/shown.js': "export * from './deep/index.js'",
  'lib/deep/index.js': '',
  'lib/late.js': '',
  'lib/both.cjs': '',
  'lib/clock.js': '',
  'lib/other.js': '',
};

describe('whom a change concerns', () => {
  it('is who loads the file, along imports, re-exports, import() and require()', async () => {
    const agent = { 'agent.mjs': "import './lib/clock.js'\nimport './lib/both.cjs'" };
    const names = ['agent.mjs', 'lib/clock.js', 'app.js', 'lib/shown.js', 'lib/deep/index.js', 'lib/late.js', 'lib/both.cjs', 'lib/other.js'];
    assert.deepEqual(await whom({ ...APP, ...LIB, ...agent }, names), [
      'agent.mjs: agent',
      'lib/clock.js: agent',
      'app.js: app',
      'lib/shown.js: app',
      'lib/deep/index.js: app',
      'lib/late.js: app',
      'lib/both.cjs: agent app',
      'lib/other.js: app',
    ]);
  });

  it('is everybody for configuration, packages and schedules', async () => {
    for (const name of ['config/config.default.js', 'package.json', '.env', '.env.local', 'app/schedule/clean.js', 'package-lock.json']) {
      assert.deepEqual(await whom({ ...APP, 'agent.js': '', [name]: '' }, [name]), [`${name}: agent app`]);
    }
  });

  it('is both when it is not sure: names that are computed, aliases, files that are looked for', async () => {
    for (const text of [
      'await import(name)',
      "require('./' + name)",
      'import(`./${name}.js`)',
      "import '#alias'",
      "import '@/alias.js'",
      'readFileSync(x)',
      'new URL(import.meta.dirname)',
    ]) {
      assert.deepEqual(await whom({ ...APP, ...LIB, 'agent.js': text }, ['lib/other.js', 'app.js']), ['lib/other.js: agent app', 'app.js: agent app'], text);
      assert.deepEqual(await whom({ 'app.js': text, 'agent.js': '' }, ['agent.js']), ['agent.js: agent app'], text);
    }
  });

  it('is the workers alone where there is no agent of its own, and with a script', async () => {
    assert.deepEqual(await whom({ 'app.js': 'import(name)' }, ['any.txt']), ['any.txt: app']);
    assert.deepEqual(await whom({ 'server.js': '', 'package.json': '', 'agent.js': '' }, ['server.js', 'package.json'], 'server.js'), [
      'server.js: app',
      'package.json: app',
    ]);
  });

  it('follows TypeScript that names its compiled files, packages left out', async () => {
    const files = {
      'app.ts': "import { a } from './lib/a.js';\nimport b from './lib/b.ts'\nimport 'node:fs';\nimport 'known/x';",
      'lib/a.ts': '',
      'lib/b.ts': '',
    };
    const agent = { 'agent.ts': "import '@scope/known';", 'node_modules/@scope/known/index.js': 'import(name)', 'node_modules/known/x.js': '' };
    assert.deepEqual(await whom({ ...files, ...agent }, ['lib/a.ts', 'lib/b.ts']), ['lib/a.ts: app', 'lib/b.ts: app']);
  });

  it('is by what was loaded before the change, and by what is loaded after it', async () => {
    await withFiles({ 'agent.js': "import './old.js'", 'old.js': '', 'app.js': '' }, ({ directory, path, write }) => {
      const concerned = new Concerned({ baseDir: directory });
      write({ 'agent.js': "import './new.js'" });
      assert.deepEqual(concerned.by([path('agent.js')]), ['agent']);
      write({ 'new.js': '' });
      assert.deepEqual(concerned.by([path('new.js')]), ['agent']);
      write({ 'agent.js': '' });
      rmSync(path('new.js'));
      assert.deepEqual(concerned.by([path('new.js'), path('agent.js')]), ['agent']);
      write({ 'new.js': '' });
      assert.deepEqual(concerned.by([path('new.js')]), ['app']);
    });
  });
});

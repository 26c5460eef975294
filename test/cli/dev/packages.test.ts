/** Which packages are a part of what is worked on. */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { relative } from 'node:path';
import { Concerned } from '../../../lib/cli/dev/concerned.ts';
import { packageOf } from '../../../lib/cli/dev/packages.ts';
import { withFiles } from '../../helpers/files.ts';

const WORKSPACE = {
  'web/app.js': "import { price } from 'prices';\nimport tax from 'prices/tax';\nimport express from 'express';",
  'web/agent.js': "import express from 'express';",
  'prices/package.json': JSON.stringify({
    exports: { '.': { types: './index.d.ts', import: './lib/index.js' }, './tax': './lib/tax.cjs', './rates/*': './lib/rates/*.js' },
  }),
  'prices/lib/index.js': "import './round.js'",
  'prices/lib/round.js': '',
  'prices/lib/tax.cjs': '',
  'prices/lib/rates/eu.js': '',
  'old/package.json': JSON.stringify({ main: 'start' }),
  'old/start.js': '',
  'bare/index.js': '',
  'node_modules/express/package.json': '{}',
};

const withWorkspace = <Result>(use: (directory: string) => Result): Promise<Result> =>
  withFiles(WORKSPACE, ({ directory, path }) => {
    mkdirSync(path('node_modules/@shop'));
    symlinkSync('../prices', path('node_modules/prices'));
    symlinkSync('../../old', path('node_modules/@shop/old'));
    symlinkSync('../bare', path('node_modules/bare'));
    return use(directory);
  });

describe('packages that a file names', () => {
  it('are found as Node.js finds them: by exports, main, or index.js, behind links alone', async () => {
    await withWorkspace(directory => {
      const fileOf = (specifier: string): string | undefined => {
        const found = packageOf(specifier, `${directory}/web`);
        return found?.kind === 'linked' ? relative(directory, found.file ?? '') : found?.kind;
      };
      assert.equal(fileOf('prices'), 'prices/lib/index.js');
      assert.equal(fileOf('prices/tax'), 'prices/lib/tax.cjs');
      assert.equal(fileOf('prices/rates/eu'), 'prices/lib/rates/eu.js');
      assert.equal(fileOf('@shop/old'), 'old/start.js');
      assert.equal(fileOf('bare'), 'bare/index.js');
      assert.equal(fileOf('express'), 'installed');
      assert.equal(fileOf('#alias'), undefined);
      assert.deepEqual(packageOf('prices/secret', `${directory}/web`), { kind: 'linked', file: undefined });
    });
  });

  it('of a workspace are watched, and concern who loads them', async () => {
    await withWorkspace(directory => {
      const concerned = new Concerned({ baseDir: `${directory}/web` });
      const loaded = concerned.loaded.map(file => relative(directory, file)).sort();
      assert.deepEqual(loaded, ['prices/lib/index.js', 'prices/lib/round.js', 'prices/lib/tax.cjs', 'web/agent.js', 'web/app.js']);
      assert.deepEqual(concerned.by([`${directory}/prices/lib/round.js`]), ['app']);
    });
  });
});

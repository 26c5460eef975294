/** What a command loads: who starts a formation waits for all of it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { withFiles } from '../helpers/files.ts';
import { root } from '../helpers/paths.ts';

const TELLS = `process.on('exit', () => require('node:fs').writeFileSync('loaded', Object.keys(require.cache).join('\\n')));\n`;

describe('a start of a Procfile', () => {
  it('loads the bundles of the master, and neither that of other commands nor the package for YAML', async () => {
    await withFiles({ Procfile: 'a: exit 0\n', 'tells.cjs': TELLS }, ({ directory, path: file }) => {
      execFileSync(process.execPath, ['-r', './tells.cjs', path.join(root, 'dist/bin/brood.cjs'), 'start'], { cwd: directory, stdio: 'ignore' });
      const loaded = readFileSync(file('loaded'), 'utf8').split('\n');
      assert.deepEqual(
        loaded.filter(name => name.startsWith(path.join(root, 'dist'))).map(name => path.basename(name)),
        ['brood.cjs', 'cli.cjs', 'cli-flags.cjs', 'cli-start.cjs'],
      );
      assert.deepEqual(
        loaded.filter(name => name.includes('/node_modules/yaml/')),
        [],
      );
    });
  });
});

/** What a command loads: who starts a formation waits for all of it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { withFiles } from '../helpers/files.ts';
import { root } from '../helpers/paths.ts';

/** What require() and the loader of kept code (lib/code-cache.ts) read. */
const TELLS = `
const fs = require('node:fs');
const read = fs.readFileSync;
const loaded = new Set();
fs.readFileSync = (file, ...rest) => {
  if (/\\.c?js$/.test(String(file))) loaded.add(String(file));
  return read(file, ...rest);
};
process.on('exit', () => fs.writeFileSync('loaded', [...loaded].join('\\n')));
`;

describe('a start of a Procfile', () => {
  it('loads the bundles of the master, and neither that of other commands nor the package for YAML', async () => {
    await withFiles({ Procfile: 'a: exit 0\n', 'tells.cjs': TELLS }, ({ directory, path: file }) => {
      execFileSync(process.execPath, ['-r', './tells.cjs', path.join(root, 'dist/bin/brood.cjs'), 'start'], { cwd: directory, stdio: 'ignore' });
      const loaded = readFileSync(file('loaded'), 'utf8').split('\n');
      assert.deepEqual(
        loaded.filter(name => name.startsWith(path.join(root, 'dist'))).map(name => path.basename(name)),
        ['brood.cjs', 'code-cache.cjs', 'cli.cjs', 'cli-flags.cjs', 'cli-start.cjs'],
      );
      assert.deepEqual(
        loaded.filter(name => name.includes('/node_modules/yaml/')),
        [],
      );
    });
  });
});

/** ARCHITECTURE.md prints the layers of lint/layers.json. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../helpers/paths.ts';

interface Layer {
  readonly layer: string;
  readonly files: readonly string[];
  readonly imports: readonly string[];
  readonly about: string;
}

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

const rowOf = ({ layer, files, imports, about }: Layer): string =>
  `| ${layer} | ${files.map(file => `\`${file}\``).join(', ')} | ${imports.join(', ') || 'nothing'} | ${about} |`;

describe('ARCHITECTURE.md', () => {
  it('prints every layer of lint/layers.json, in its order, and no other', () => {
    // Proven by the linter, which reads the same file by the same names.
    const layers = JSON.parse(read('lint/layers.json')) as readonly Layer[];
    const [, table = ''] = read('ARCHITECTURE.md').split('| layer | files | may import | what it is |\n|---|---|---|---|\n');
    assert.deepEqual(
      table
        .slice(0, table.indexOf('\n\n'))
        .split('\n')
        .filter(line => line !== ''),
      layers.map(rowOf),
    );
  });

  it('names no file that is not there', () => {
    const named = [...read('ARCHITECTURE.md').matchAll(/`((?:lib|build|lint)\/[\w/-]+\.(?:ts|js|json))`/g)].map(([, file = '']) => file);
    // lib/daemon/ is a place that is kept for later.
    const missing = named.filter(file => !file.startsWith('lib/daemon/') && !existsSync(path.join(root, file)));
    assert.deepEqual(missing, []);
  });
});

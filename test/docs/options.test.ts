/** docs/options.md says what lib/cluster/option-table.ts does. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { NESTED, OPTIONS } from '../../lib/cluster/option-table.ts';
import { root } from '../helpers/paths.ts';
import { renderOptions } from './render.ts';

const document = (): string => readFileSync(path.join(root, 'docs/options.md'), 'utf8');

describe('docs/options.md', () => {
  it('is as `npm run docs` writes it', () => {
    assert.equal(document(), renderOptions(readFileSync(path.join(root, 'lib/cluster/option-table.ts'), 'utf8')), 'run: npm run docs');
  });

  it('has every option that the table checks', () => {
    const text = document();
    const names = [...Object.keys(OPTIONS), ...Object.keys(NESTED['restart'] ?? {}).map(key => `restart.${key}`)];
    assert.deepEqual(
      names.filter(name => !text.includes(`| \`${name}\` |`)),
      [],
    );
  });
});

/** docs/errors.md says what lib/errors.ts does. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../helpers/paths.ts';
import { renderErrors } from './render.ts';

describe('docs/errors.md', () => {
  it('has every code with its message, hint and exit code, as `npm run docs` writes it', () => {
    assert.equal(readFileSync(path.join(root, 'docs/errors.md'), 'utf8'), renderErrors(), 'run: npm run docs');
  });
});

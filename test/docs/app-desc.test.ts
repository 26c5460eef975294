/** docs/app-desc.md names every key that a description may have. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../helpers/paths.ts';

const read = (...names: readonly string[]): string => readFileSync(path.join(root, ...names), 'utf8');
const code = [...read('docs', 'app-desc.md').matchAll(/`([^`\n]+)`/g)].map(([, inside = '']) => inside).join(' ');

describe('docs/app-desc.md', () => {
  // The examples have each key that there is; a word of theirs that is a name, and no key, is taken out.
  const names = new Set(['front', 'back', 'web', 'worker', 'a', 'version', 'app_tenant_mode', 'is_maximized', 'Starter']);
  for (const example of ['shop-2.yaml', 'shop-3.yaml'])
    it(`names the keys of ${example}`, () => {
      const keys = new Set([...read('fixtures', 'app-desc', example).matchAll(/(?:^|[\s{])([A-Za-z_]\w*):(?=\s|$)/gm)].map(([, key = '']) => key));
      assert.ok(keys.size > 30);
      assert.deepEqual(
        [...keys].filter(key => !names.has(key) && !new RegExp(String.raw`\b${key}\b`).test(code)),
        [],
      );
    });
});

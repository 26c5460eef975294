/** The examples of the test kit pass in their runners, as a user calls them. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from '../helpers/paths.ts';

const run = promisify(execFile);
const module = (name: string): string => path.join(root, 'node_modules', name);

const RUNNERS: Readonly<Record<string, { readonly command: readonly string[]; readonly passed: RegExp }>> = {
  mocha: { command: [module('mocha/bin/mocha.js'), '--no-config', 'examples/testing/mocha'], passed: /4 passing/ },
  vitest: { command: [module('vitest/vitest.mjs'), 'run', '--root', 'examples/testing/vitest'], passed: /Tests\s+4 passed \(4\)/ },
  jest: { command: [module('jest/bin/jest.js'), '--rootDir', 'examples/testing/jest'], passed: /Tests:\s+4 passed, 4 total/ },
  'node:test': { command: ['--test', '--test-reporter=tap', 'examples/testing/node-test/shop.test.js'], passed: /^# pass 3$/m },
};

describe('the test kit', () => {
  for (const [name, { command, passed }] of Object.entries(RUNNERS)) {
    it(`works in ${name}, and nothing is left open`, async () => {
      const { NODE_TEST_CONTEXT: _ours, ...env } = process.env;
      const { stdout, stderr } = await run(process.execPath, [...command], { cwd: root, env: { ...env, NO_COLOR: '1' } });
      assert.match(stdout + stderr, passed);
      assert.doesNotMatch(stderr, /BROOD_TEST|did not exit|failed to exit/);
    });
  }
});

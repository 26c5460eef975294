/** examples/rpc runs. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { example, withCluster } from '../helpers/cluster.ts';

describe('examples/rpc', () => {
  it('adds, says who answered, and tells errors by their code', () =>
    withCluster({ baseDir: example('rpc') }, async ({ address }) => {
      const { stdout } = await promisify(execFile)(process.execPath, [path.join(example('rpc'), 'client.js'), String(address.port)]);
      assert.match(stdout, /^1 \+ 2 = 3\nanswered by app\.[12]\nuser 1, user 2, user 3\nE_NO_USER: there is no user 1001\n$/);
    }));
});

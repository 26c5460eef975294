/** The sockets of mail have one name in every version of Node.js; test/cluster/exec-path.test.ts lets two versions meet. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { socketPath } from '../../lib/wire/abstract.ts';

describe('the name of a mail socket', () => {
  it('that is abstract is full, so that no Node.js has anything to add', async () => {
    const server = net.createServer().listen(socketPath(`\0brood-test-${process.pid}`));
    await once(server, 'listening');
    const lines = readFileSync('/proc/net/unix', 'latin1').split('\n');
    const line = lines.find(one => one.includes(`@brood-test-${process.pid}@`)) ?? '';
    // The kernel shows each zero as "@".
    assert.equal(line.slice(line.indexOf('@')).length, 108);
    await new Promise(resolve => server.close(resolve));
  });

  it('that is the path of a file stays as it is', () => {
    assert.equal(socketPath('/tmp/brood-x/1'), '/tmp/brood-x/1');
  });
});

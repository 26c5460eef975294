/** Commands are called by msgpack-rpc, by those alone who may. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectRpc } from '../../index.ts';
import type { BroodError } from '../../index.ts';
import { rpcOf } from '../../lib/rpc/commands.ts';

const commands = {
  scale: ({ web }: Readonly<Record<string, unknown>>): Promise<unknown> => Promise.resolve({ web }),
  ps: (params: Readonly<Record<string, unknown>>): Promise<unknown> => Promise.resolve(Object.keys(params)),
};

describe('commands over msgpack-rpc', () => {
  it('are called with one map of parameters, over a socket file of their user alone', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'brood-rpc-'));
    const server = rpcOf(commands);
    try {
      const at = await server.listen({ path: path.join(directory, 'rpc.sock') });
      assert.ok('path' in at);
      assert.equal(statSync(at.path).mode & 0o777, 0o600);
      const client = await connectRpc(at);
      assert.deepEqual(await client.call('scale', [{ web: 4 }]), { web: 4 });
      assert.deepEqual(await client.call('ps'), []);
      for (const params of [[1], [null], [[1]], [{}, {}]]) {
        await assert.rejects(client.call('ps', params), error => Reflect.get(Object((error as BroodError).cause), 'code') === 'BROOD_RPC_INVALID');
      }
      await client.close();
    } finally {
      await server.close();
      rmSync(directory, { recursive: true });
    }
  });

  it('listen on the loopback address, and on no other', async () => {
    const server = rpcOf(commands);
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.com']) await assert.rejects(server.listen({ port: 0, host }), { code: 'BROOD_RPC_ADDRESS' });
    const at = await server.listen({ port: 0 });
    assert.ok('port' in at && at.host === '127.0.0.1' && at.port > 0);
    const client = await connectRpc(at);
    assert.deepEqual(await client.call('scale', [{ web: 1 }]), { web: 1 });
    await client.close();
    await server.close();
    const other = rpcOf(commands);
    await assert.rejects(other.listen({ path: '/no/such/directory/s' }), { code: /^(?:EACCES|ENOENT)$/ });
  });
});

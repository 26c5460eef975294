/** A port for what cannot be given port 0. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';

/** A port of 127.0.0.1 that nobody held a moment ago. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise(resolve => server.close(resolve));
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}

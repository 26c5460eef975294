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

/** So many ports in a row that nobody has now, below those that the kernel gives away. */
export async function freePorts(count: number): Promise<number> {
  for (let base = 21_000 + Math.floor(Math.random() * 9000); ; base += count) {
    const servers = Array.from({ length: count }, (_, at) => net.createServer().listen(base + at, '127.0.0.1'));
    const opened = await Promise.allSettled(servers.map(server => once(server, 'listening')));
    await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))));
    if (opened.every(({ status }) => status === 'fulfilled')) return base;
  }
}

/** A port that nobody holds, nor the one after it. */
export const twoPorts = (): Promise<number> => freePorts(2);

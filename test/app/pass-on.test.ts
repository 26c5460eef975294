/** A request that is passed on to the worker it belongs to. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { passUpgrade } from '../../lib/app/sticky/pass-on.ts';
import { event } from '../helpers/orders.ts';

describe('an upgrade that is passed on', () => {
  it('leaves no connection behind when its client goes before the other worker takes it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'brood-pass-'));
    const path = join(directory, 'desk');
    const desk = net.createServer().listen(path);
    const front = net.createServer().listen(0, '127.0.0.1');
    await Promise.all([once(desk, 'listening'), once(front, 'listening')]);
    const address = front.address();
    assert.ok(typeof address === 'object' && address !== null);
    try {
      const browser = net.connect(address.port, '127.0.0.1');
      const client = (await event(front, 'connection')) as net.Socket;
      const refusals: string[] = [];
      const request = { method: 'GET', url: '/', httpVersion: '1.1', rawHeaders: [] } as unknown as IncomingMessage;
      passUpgrade(request, { client, head: Buffer.alloc(0) }, { path, passport: 'x', refused: () => refusals.push('refused') });
      const asked = (await event(desk, 'connection')) as net.Socket;
      asked.on('error', () => {});
      asked.resume();
      browser.resetAndDestroy();
      await event(asked, 'close');
      assert.deepEqual(refusals, []);
    } finally {
      desk.close();
      front.close();
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

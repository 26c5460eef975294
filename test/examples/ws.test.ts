/** examples/ws runs. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { example, withCluster } from '../helpers/cluster.ts';
import { until } from '../helpers/until.ts';

describe('examples/ws', () => {
  it('greets and echoes, and says 1001 at the end', async () => {
    const closed = await withCluster({ baseDir: example('ws') }, async ({ address }) => {
      const client = new WebSocket(`ws://127.0.0.1:${address.port}`);
      const heard: string[] = [];
      client.on('message', (message: Buffer) => heard.push(message.toString()));
      await once(client, 'open');
      client.send('ping');
      await until(() => heard.length === 2);
      assert.match(heard[0] ?? '', /^ws in \d+$/);
      assert.equal(heard[1], 'ping');
      // Open to the end: the close of the cluster is what ends it.
      return { code: once(client, 'close') };
    });
    assert.equal((await closed.code)[0], 1001);
  });
});

/** examples/tcp runs. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { example, withCluster } from '../helpers/cluster.ts';
import { lineOf } from '../helpers/until.ts';

describe('examples/tcp', () => {
  it('greets and echoes', () =>
    withCluster({ baseDir: example('tcp') }, async ({ address }) => {
      const socket = connect(address.port, '127.0.0.1');
      await lineOf(socket, /^tcp in \d+$/);
      socket.write('ping\n');
      await lineOf(socket, /^ping$/);
      socket.end();
      await once(socket, 'close');
    }));
});

/** Serves `add(a, b)` with the implementation that the command line names, and tells its port by process.send(). */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { serveRpc } from '../../dist/index.js';

const require = createRequire(import.meta.url);
// Node.js 23 and later do not have this any more, and msgpack-rpc-lite calls it.
require('node:util').isError ??= value => value instanceof Error;

const SERVERS = {
  async brood() {
    const server = serveRpc({ add: (a, b) => a + b }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server.address().port;
  },
  async 'msgpack-rpc-lite'() {
    const server = require('msgpack-rpc-lite').createServer();
    server.on('add', ([a, b], answer) => answer(null, a + b));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server.address().port;
  },
};

process.on('disconnect', () => process.exit(0));
process.send({ port: await SERVERS[process.argv[2]]() });

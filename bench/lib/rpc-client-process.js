/**
 * Calls `add` for a while over some connections, on each with a window of calls under way, by the client that the command line names; tells how
 * many were answered by process.send().
 */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { encode } from '@msgpack/msgpack';
import { connectRpc } from '../../dist/index.js';
import { Framer } from '../../dist/lib/rpc/frames.js';

const { client, port, seconds, connections, window } = JSON.parse(process.argv[2]);
const require = createRequire(import.meta.url);
const LIMITS = { maxMessageSize: 2 ** 20, maxStringLength: 2 ** 20, maxDepth: 10, maxValues: 1000 };

/** Each opens a connection and resolves with a function that calls once, and resolves with the answer. */
const CLIENTS = {
  /** Made requests, and answers that are only counted: the same small cost for every server. */
  async raw() {
    const socket = connect(port, '127.0.0.1').setNoDelay();
    await once(socket, 'connect');
    const framer = new Framer(LIMITS);
    const waiting = [];
    let id = 0;
    let parts = [];
    socket.on('data', chunk => {
      framer.push(chunk);
      while (framer.next() !== undefined) waiting.shift()();
    });
    const request = Buffer.from(encode([0, 0xffff_ffff, 'add', [20, 22]]));
    const send = () => {
      socket.write(Buffer.concat(parts));
      parts = [];
    };
    return () => {
      const bytes = Buffer.from(request);
      bytes.writeUInt32BE(id++, 3);
      if (parts.push(bytes) === 1) process.nextTick(send);
      return new Promise(resolve => waiting.push(resolve));
    };
  },
  async brood() {
    const rpc = await connectRpc({ port });
    return () => rpc.call('add', [20, 22]);
  },
  async 'msgpack-rpc-lite'() {
    const rpc = require('msgpack-rpc-lite').createClient(port, '127.0.0.1');
    rpc.setMaxListeners(0);
    await once(rpc, 'connect');
    return () => rpc.request('add', 20, 22);
  },
};

const calls = await Promise.all(Array.from({ length: connections }, () => CLIENTS[client]()));
let answered = 0;
const over = new AbortController();
async function keepCalling(call) {
  while (!over.signal.aborted) {
    await call();
    answered++;
  }
}
const began = performance.now();
const callers = Promise.all(calls.flatMap(call => Array.from({ length: window }, () => keepCalling(call))));
await new Promise(resolve => setTimeout(resolve, seconds * 1000));
const result = { answered, seconds: (performance.now() - began) / 1000 };
over.abort();
await callers;
process.send(result, () => process.exit(0));

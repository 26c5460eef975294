/** Reloads with thousands of idle clients, with a full backlog, and with sticky clients; floods of HTTP/2. */
import { once } from 'node:events';
import net from 'node:net';
import { connectHttp2, exchange } from '../lib/http2.js';
import { rss } from '../lib/proc.js';
import { sleep, until } from '../lib/until.js';

const MEGABYTE = 1024 * 1024;
const h2 = { environment: { FAULTS_SERVER: 'h2' } };

async function idleClients(context) {
  const count = context.quick ? 1000 : 5000;
  const master = await context.start({ idleTimeout: 1000 });
  const sockets = [];
  for (let number = 0; number < count; number += 100) {
    sockets.push(
      ...(await Promise.all(
        Array.from({ length: 100 }, async () => {
          const socket = net.connect(master.port, '127.0.0.1').on('error', () => {});
          await once(socket, 'connect');
          socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
          socket.resume();
          return socket;
        }),
      )),
    );
  }
  await sleep(500);
  const full = master.ready().reduce((sum, { pid }) => sum + rss(pid), 0);
  const began = Date.now();
  await master.command('reload');
  const took = Date.now() - began;
  const after = master.ready().reduce((sum, { pid }) => sum + rss(pid), 0);
  const closed = await until(() => sockets.every(socket => socket.closed || socket.readableEnded), 5000);
  for (const socket of sockets) socket.destroy();
  return {
    measured: { connections: count, 'reload ms': took, 'workers MiB before': Math.round(full / MEGABYTE), after: Math.round(after / MEGABYTE) },
    checks: { 'all are closed': closed === true, soon: took < 12_000, 'the memory is free again': after < full },
  };
}

/** One frame of HTTP/2 (RFC 9113, section 4.1). */
function frame(type, flags, id, payload = Buffer.alloc(0)) {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, payload]);
}
const PREFACE = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0)]);
/** GET / in HPACK, from its static table, with a host (RFC 7541, appendix A). */
const REQUEST = Buffer.concat([Buffer.from([0x82, 0x84, 0x86, 0x41, 1]), Buffer.from('x')]);

async function http2Floods(context) {
  const master = await context.start({}, h2);
  const measured = {};
  const floods = {
    'rapid reset': id => Buffer.concat([frame(1, 5, id, REQUEST), frame(3, 0, id, Buffer.from([0, 0, 0, 8]))]),
    CONTINUATION: id => (id === 1 ? frame(1, 1, 1, REQUEST) : frame(9, 0, 1, Buffer.alloc(8000, 0x00))),
    'empty SETTINGS': () => frame(4, 0, 0),
    PING: () => frame(6, 0, 0, Buffer.alloc(8)),
  };
  for (const [name, next] of Object.entries(floods)) {
    const socket = net.connect(master.port, '127.0.0.1');
    const ending = { how: undefined };
    socket.on('error', error => (ending.how ??= error.code));
    socket.on('close', () => (ending.how ??= 'closed'));
    socket.resume();
    socket.write(PREFACE);
    const end = Date.now() + 2000;
    let sent = 0;
    for (let id = 1; ending.how === undefined && Date.now() < end && id < 2 ** 30;) {
      const batch = [];
      for (let count = 0; count < 500; count++, id += 2) batch.push(next(id));
      sent += batch.length;
      if (!socket.write(Buffer.concat(batch))) await Promise.race([once(socket, 'drain').catch(() => {}), sleep(200)]);
      await new Promise(setImmediate);
    }
    socket.destroy();
    measured[name] = { frames: sent, ended: ending.how ?? 'by us' };
  }
  const session = await connectHttp2(master.port);
  const status = await exchange(session, '/');
  session.destroy();
  const grown = Math.max(...master.ready().map(({ pid }) => rss(pid))) / MEGABYTE;
  return {
    measured: { ...measured, status, deaths: master.deaths().length, 'largest worker MiB': Math.round(grown) },
    checks: { 'no worker falls': master.deaths().length === 0, 'it serves': status === 200, 'memory bounded': grown < 300 },
  };
}

/** Both workers are stopped, and more connect than the backlog of the socket takes. */
async function fullBacklog(context) {
  const master = await context.start({ drainTimeout: 2000, killTimeout: 1000, hangTimeout: 60_000 });
  const old = master.ready();
  for (const { pid } of old) process.kill(pid, 'SIGSTOP');
  const sockets = Array.from({ length: 1500 }, () => {
    const socket = net.connect(master.port, '127.0.0.1').on('error', () => {});
    socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    socket.on('data', chunk => (socket.answer ??= chunk.toString('latin1')));
    return socket;
  });
  await sleep(700);
  const began = Date.now();
  await master.command('reload');
  const took = Date.now() - began;
  const answered = () => sockets.filter(({ answer }) => answer?.startsWith('HTTP/1.1 200')).length;
  await until(() => answered() === sockets.length, 8000);
  const { status } = await context.get(master);
  const count = answered();
  for (const socket of sockets) socket.destroy();
  return {
    measured: { 'reload ms': took, answered: `${count} of 1500`, status },
    checks: { 'no deadlock': took < 10_000, 'the new ones serve': status === 200, 'those in the backlog are answered': count >= 500 },
  };
}

async function stickyReload(context) {
  const master = await context.start({ sticky: 'sid', workers: 3 });
  const slotOf = async sid => {
    const { text } = await context.get(master, `/slot?sid=${sid}`);
    return text;
  };
  const keys = Array.from({ length: 30 }, (_, number) => `key-${number}`);
  const slots = () => Promise.all(keys.map(slotOf));
  const before = await slots();
  const again = await slots();
  await master.command('reload');
  const after = await slots();
  const same = after.filter((slot, index) => slot === before[index]).length;
  return {
    measured: { keys: keys.length, 'slots used': new Set(before).size, 'same slot after the reload': same },
    checks: {
      'a key has one worker': before.join() === again.join(),
      'and after the reload that of the same slot': same === keys.length,
      'more than one worker is used': new Set(before).size > 1,
    },
  };
}

export const rows = [
  {
    id: 'N11',
    title: '5,000 idle connections at a reload (quick: 1,000)',
    expected: 'closed after idleTimeout; the memory is free again',
    quick: false,
    run: idleClients,
  },
  {
    id: 'N12',
    title: 'HTTP/2: rapid reset, CONTINUATION, SETTINGS and PING floods of 2 s',
    expected: 'no worker falls, memory bounded',
    quick: false,
    run: http2Floods,
  },
  {
    id: 'N15',
    title: 'a reload while the workers are stopped and the backlog is full',
    expected: 'no deadlock; the backlog is answered',
    quick: false,
    run: fullBacklog,
  },
  { id: 'N16', title: 'sticky clients at a reload', expected: 'a key goes to the new worker of the same slot', quick: true, run: stickyReload },
];

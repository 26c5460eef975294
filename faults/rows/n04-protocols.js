/** Reloads while HTTP/2, server-sent events, and clients that are slow or frozen are connected. */
import { fork } from 'node:child_process';
import http from 'node:http';
import { connectHttp2, exchange } from '../lib/http2.js';
import net from 'node:net';
import { once } from 'node:events';
import { sleep } from '../lib/until.js';

const MEGABYTE = 1024 * 1024;
// Of two workers one is replaced after the other: each may take its drain and kill limit.
const h2 = { environment: { FAULTS_SERVER: 'h2' } };

async function http2Streams(context) {
  const master = await context.start({ drainTimeout: 5000 }, h2);
  const sessions = await Promise.all(Array.from({ length: 4 }, () => connectHttp2(master.port)));
  const goodbyes = [];
  for (const session of sessions) session.on('goaway', code => goodbyes.push(code));
  const closed = sessions.map(session => new Promise(resolve => session.once('close', resolve)));
  const streams = sessions.flatMap(session => Array.from({ length: 25 }, () => exchange(session, '/slow?ms=1500')));
  await sleep(400);
  const began = Date.now();
  await master.command('reload');
  const took = Date.now() - began;
  const statuses = await Promise.all(streams);
  await Promise.all(closed);
  return {
    measured: { answered: `${statuses.filter(status => status === 200).length} of 100`, 'GOAWAY codes': [...new Set(goodbyes)], 'reload ms': took },
    checks: {
      'all streams finish': statuses.every(status => status === 200),
      'GOAWAY without an error': goodbyes.length >= 4 && goodbyes.every(code => code === 0),
      'before the deadline': took < 5500,
    },
  };
}

async function eventStreams(context) {
  const master = await context.start({ drainTimeout: 1500, killTimeout: 1500 });
  const ends = Array.from(
    { length: 10 },
    () =>
      new Promise(done => {
        let heard = 0;
        const request = http.get({ host: '127.0.0.1', port: master.port, path: '/events', agent: false }, response => {
          response.on('data', () => heard++);
          response.on('end', () => done({ how: 'end', heard }));
          response.on('error', error => done({ how: error.code, heard }));
        });
        request.on('error', error => done({ how: error.code, heard }));
      }),
  );
  await sleep(500);
  const began = Date.now();
  await master.command('reload');
  const took = Date.now() - began;
  const how = await Promise.all(ends);
  const { status } = await context.get(master);
  return {
    measured: { ends: [...new Set(how.map(one => one.how))], 'reload ms': took },
    checks: {
      'they flowed until then': how.every(({ heard }) => heard > 2),
      'ended at the deadline': took >= 1000 && took < 2 * (1500 + 1500) + 2000,
      'a new one serves': status === 200,
    },
  };
}

/** Clients that send their body a byte at a time, and clients that do not read a large answer. */
async function slowBodies(context) {
  const master = await context.start({ drainTimeout: 2000, killTimeout: 1500 });
  const open = () => net.connect(master.port, '127.0.0.1').on('error', () => {});
  const senders = Array.from({ length: 60 }, open);
  for (const socket of senders) socket.write('POST /upload HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n');
  const readers = Array.from({ length: 20 }, open);
  for (const socket of readers) {
    socket.write(`GET /large?bytes=${8 * MEGABYTE} HTTP/1.1\r\nhost: x\r\n\r\n`);
    socket.pause();
  }
  const dripping = setInterval(() => senders.forEach(socket => socket.writable && socket.write('b')), 200);
  try {
    await sleep(700);
    const load = await context.load(master, { connections: 4, keepAlive: false, pause: 5 });
    const began = Date.now();
    await master.command('reload');
    const took = Date.now() - began;
    const { ok, failed, hung } = await load.stop();
    return {
      measured: { 'reload ms': took, ok, failed, hung },
      checks: { 'old workers are gone by drain and kill limit': took < 2 * (2000 + 1500) + 2000, 'served all the time': failed === 0 && hung === 0 && ok > 20 },
    };
  } finally {
    clearInterval(dripping);
    for (const socket of [...senders, ...readers]) socket.destroy();
  }
}

/** Clients that a cable cut would leave like that: a stopped process answers nothing more than its kernel does. */
async function frozenClients(context) {
  const master = await context.start({ drainTimeout: 2000, killTimeout: 1500 });
  const client = fork(new URL('../lib/frozen.js', import.meta.url).pathname, { env: { ...process.env, FAULTS_PORT: String(master.port) } });
  try {
    await once(client, 'message');
    client.kill('SIGSTOP');
    const began = Date.now();
    await master.command('reload');
    const took = Date.now() - began;
    const { status } = await context.get(master);
    return {
      measured: { 'reload ms': took, status },
      checks: { 'not past the deadline': took < 2 * (2000 + 1500) + 2000, 'a new one serves': status === 200 },
    };
  } finally {
    client.kill('SIGKILL');
  }
}

export const rows = [
  { id: 'N4', title: '100 HTTP/2 streams of 4 sessions at a reload', expected: 'GOAWAY, all streams finish', quick: true, run: http2Streams },
  {
    id: 'N7',
    title: '10 server-sent event streams at a reload (drainTimeout 1.5 s)',
    expected: 'cut at the deadline, not before',
    quick: true,
    run: eventStreams,
  },
  {
    id: 'N9',
    title: '60 slow bodies and 20 clients that do not read, at a reload',
    expected: 'old workers gone by the deadline; 0 failed meanwhile',
    quick: false,
    run: slowBodies,
  },
  {
    id: 'N10',
    title: '20 clients whose process is stopped, with an answer half sent, at a reload',
    expected: 'not past the deadline',
    quick: false,
    run: frozenClients,
  },
];

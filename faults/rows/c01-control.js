/** The control socket: who may open it, and what it takes from those who do. */
import { lstatSync } from 'node:fs';
import net from 'node:net';
import { dirname } from 'node:path';
import { run } from '../lib/daemon.js';
import { descriptors, peakRss, rss } from '../lib/proc.js';
import { sleep, until } from '../lib/until.js';

const MEGABYTE = 1024 * 1024;
const mib = bytes => Math.round(bytes / MEGABYTE);

/** Sends bytes; what came back until the other end closed, or `within` was over. */
function raw(path, pieces, within = 3000) {
  return new Promise(done => {
    let answer = '';
    const socket = net.connect(path);
    const end = how => {
      clearTimeout(timer);
      socket.destroy();
      done({ answer, how });
    };
    const timer = setTimeout(() => end('open'), within);
    socket.on('data', chunk => (answer = (answer + chunk.toString('latin1')).slice(-4000)));
    socket.on('error', error => end(error.code));
    socket.on('close', () => end('closed'));
    socket.on('connect', () => pieces.forEach(piece => socket.write(piece)));
  });
}

async function modes(context) {
  const daemon = await context.daemon().start();
  const mode = file => (lstatSync(file).mode & 0o777).toString(8);
  const found = { socket: mode(daemon.socket), directory: mode(dirname(daemon.socket)) };
  return { measured: found, checks: { 'the socket is 0600': found.socket === '600', 'its directory is 0700': found.directory === '700' } };
}

async function otherUser(context) {
  if (process.getuid() !== 0) return { measured: {}, checks: {}, skip: 'needs root, to become nobody' };
  const daemon = await context.daemon().start();
  const script = `require('net').connect(${JSON.stringify(daemon.socket)}).on('error', error => console.log(error.code)).on('connect', () => { console.log('connected'); process.exit(); })`;
  const { out, err } = await run('setpriv', ['--reuid', '65534', '--regid', '65534', '--clear-groups', process.execPath, '-e', script], { cwd: '/' });
  return { measured: { code: out.trim(), ...(out === '' && { says: err.slice(0, 200) }) }, checks: { EACCES: out.trim() === 'EACCES' } };
}

/** Numbers as random as a fuzzer needs, the same in every run (Park and Miller's generator). */
function generator(seed) {
  let state = seed;
  return most => (state = (state * 48_271) % 2_147_483_647) % most;
}

function oddRequest(random) {
  const bytes = Buffer.from(Array.from({ length: random(400) }, () => random(256)));
  const word = () => Buffer.from(Array.from({ length: random(12) }, () => 33 + random(94))).toString();
  const routes = ['reload', 'scale', 'stop', 'restart', 'start', 'reopen', 'status', 'instances/web.1', word()];
  const values = ['null', '[]', '{}', '-1', '1e999', '"x"', 'true', '{"__proto__":{"polluted":1}}', '[[[[[[]]]]]]', `"${word()}"`].map(text =>
    text.replaceAll('\\', ''),
  );
  const names = ['formation', 'targets', 'timeout', 'canaryTime', 'environment', 'wait', '__proto__', 'constructor', word().replaceAll(/["\\]/g, '')];
  const body = `{"${names[random(names.length)]}":${values[random(values.length)]}}`;
  // Nothing that is right: a stop without a target would be obeyed.
  const wrong = `{"nosuch":1,${body.slice(1)}`;
  switch (random(5)) {
    case 0:
      return bytes;
    case 1:
      return Buffer.concat([Buffer.from('GET /v1/status HTTP/1.1\r\nhost: x\r\n'), bytes]);
    case 2:
      return `POST /v1/${routes[random(5)]} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${wrong.length}\r\n\r\n${wrong}`;
    case 3:
      return `${word()} /${word()} HTTP/1.${random(3)}\r\n${word()}: ${word()}\r\n\r\n`;
    default:
      return `GET /v1/${routes[6 + random(3)]}?${word()} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${word()}\r\n\r\n`;
  }
}

async function fuzz(context) {
  const daemon = await context.daemon().start();
  const count = context.quick ? 1000 : 20_000;
  const random = generator(20_260_501);
  const kinds = {};
  let sent = 0;
  const worker = async most => {
    while (sent < most) {
      sent++;
      const { answer, how } = await raw(daemon.socket, [oddRequest(random)], 150);
      const kind = /^HTTP\/1\.1 (\d\d\d)/.exec(answer)?.[1] ?? (how === 'open' ? 'open' : 'closed');
      kinds[kind] = (kinds[kind] ?? 0) + 1;
    }
  };
  // The first half fills what is always kept.
  await Promise.all(Array.from({ length: 16 }, () => worker(count / 2)));
  const before = rss(daemon.pid);
  await Promise.all(Array.from({ length: 16 }, () => worker(count)));
  const grown = rss(daemon.pid) - before;
  const ready = await daemon.ready();
  const all = (await daemon.status()).items.length;
  return {
    measured: { requests: count, answers: kinds, 'in the second half the master grew by MiB': mib(grown) },
    checks: {
      'memory flat': grown < 32 * MEGABYTE,
      'the master lives': daemon.alive,
      'nothing has changed': ready.length === 2 && all === 3,
      'no internal error': kinds['500'] === undefined,
    },
  };
}

async function tooLong(context) {
  const daemon = await context.daemon().start();
  const before = peakRss(daemon.pid);
  const head = length => `POST /v1/scale HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n`;
  const piece = Buffer.alloc(MEGABYTE, 'x');
  const announced = await raw(daemon.socket, [head(4 * 1024 ** 3), ...Array.from({ length: 64 }, () => piece)], 8000);
  const endless = await raw(
    daemon.socket,
    [
      'POST /v1/scale HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n',
      ...Array.from({ length: 64 }, () => Buffer.concat([Buffer.from('100000\r\n'), piece, Buffer.from('\r\n')])),
    ],
    8000,
  );
  const header = await raw(daemon.socket, [`GET /v1/status HTTP/1.1\r\nx: ${'y'.repeat(MEGABYTE)}\r\n\r\n`], 8000);
  const grown = peakRss(daemon.pid) - before;
  const { status } = await daemon.ask('GET', '/v1/status');
  const said = ({ answer, how }) => /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? how;
  return {
    measured: {
      '4 GiB announced': said(announced),
      'chunks without end': said(endless),
      'a header of 1 MiB': said(header),
      'the master grew at most by MiB': mib(grown),
    },
    checks: {
      'none stays open': [announced, endless, header].every(({ how }) => how !== 'open'),
      'memory bounded': grown < 48 * MEGABYTE,
      'it answers others': status === 200,
    },
  };
}

async function idleConnections(context) {
  const daemon = await context.daemon().start();
  const before = descriptors(daemon.pid).all;
  const sockets = Array.from({ length: context.quick ? 300 : 1000 }, () => net.connect(daemon.socket).on('error', () => {}));
  let closed = 0;
  for (const socket of sockets) socket.on('close', () => closed++);
  await sleep(500);
  const most = descriptors(daemon.pid).all - before;
  const began = Date.now();
  const answered = await until(async () => (await daemon.ask('GET', '/v1/status', undefined, { timeout: 2000 })).status === 200, 15_000);
  const after = Date.now() - began;
  const slow = net.connect(daemon.socket).on('error', () => {});
  const dripping = setInterval(() => slow.writable && slow.write('G'), 200);
  const cut = await until(() => slow.closed, 12_000);
  clearInterval(dripping);
  const freed = await until(() => descriptors(daemon.pid).all <= before + 1, 12_000);
  for (const socket of sockets) socket.destroy();
  return {
    measured: {
      'connections at a time': most,
      'closed of them': `${closed} of ${sockets.length}`,
      'a command is answered after ms': after,
      'one that drips is cut': cut === true,
    },
    checks: {
      'at most 64': most <= 66,
      'the idle ones are closed': freed === true,
      'others are answered at once': answered === true && after < 2000,
      'one that drips is cut': cut === true,
    },
  };
}

export const rows = [
  { id: 'C1', title: 'mode of the control socket and its directory', expected: '0600 in 0700, from its birth on', quick: true, run: modes },
  { id: 'C2', title: 'another user opens the control socket', expected: 'EACCES', quick: true, run: otherUser },
  {
    id: 'C3',
    title: '20,000 odd requests to the control socket (quick: 1,000)',
    expected: 'refused with an error; nothing changes, memory flat',
    quick: false,
    growth: 96 * MEGABYTE,
    run: fuzz,
  },
  {
    id: 'C4',
    title: 'a body of 4 GiB, one without an end, a header of 1 MiB',
    expected: 'refused at 1 MiB (16 KiB for a header); memory bounded',
    quick: true,
    growth: 64 * MEGABYTE,
    run: tooLong,
  },
  {
    id: 'C5',
    title: '1,000 idle connections to the control socket (quick: 300), and one that drips',
    expected: '64 at a time, closed after 5 s; a command is answered meanwhile',
    quick: false,
    run: idleConnections,
  },
];

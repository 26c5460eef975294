/** Reloads under load: nothing that has begun, and nothing under way, is lost. */
import http from 'node:http';
import net from 'node:net';
import { sleep, until } from '../lib/until.js';

async function reloadUnderLoad(context, { options = {}, reloads, loads }) {
  const master = await context.start(options);
  const running = await Promise.all(loads.map(load => context.load(master, load)));
  await sleep(300);
  const times = [];
  for (let count = 0; count < reloads; count++) {
    const began = Date.now();
    await master.command('reload');
    times.push(Date.now() - began);
    await sleep(50);
  }
  const counts = await Promise.all(running.map(load => load.stop()));
  const total = key => counts.reduce((sum, one) => sum + one[key], 0);
  const errors = counts.flatMap(({ errors: one }) => Object.entries(one));
  return {
    measured: {
      ok: total('ok'),
      failed: total('failed'),
      hung: total('hung'),
      errors,
      'slowest ms': Math.round(Math.max(...counts.map(({ slowest }) => slowest))),
      'reload ms': Math.round(times.reduce((a, b) => a + b, 0) / times.length),
    },
    checks: {
      'nothing failed': total('failed') === 0,
      'nothing hung': total('hung') === 0,
      'enough was asked': total('ok') > 500,
      'only planned deaths': master.deaths().every(({ reason }) => reason === 'reload'),
    },
  };
}

/** The outcome of a row in each mode, checks and figures named after it. */
async function inModes(context, modes, run) {
  const measured = {};
  const checks = {};
  for (const listen of modes) {
    const outcome = await run(listen);
    measured[listen] = outcome.measured;
    for (const [what, held] of Object.entries(outcome.checks)) checks[`${listen}: ${what}`] = held;
    for (const master of context.masters) await master.end();
  }
  return { measured, checks };
}

async function longRequests(context) {
  const master = await context.start();
  const slow = Array.from({ length: 8 }, () => context.get(master, '/slow?ms=2000'));
  await sleep(300);
  await master.command('reload');
  const answers = await Promise.all(slow);
  const answered = answers.filter(({ status }) => status === 200).length;
  return {
    measured: { answered: `${answered} of 8`, saying: [...new Set(answers.map(({ connection }) => connection))] },
    checks: { 'all answered': answered === 8 },
  };
}

function openWebSocket(port) {
  return new Promise((resolve, reject) => {
    const request = http.get({
      host: '127.0.0.1',
      port,
      agent: false,
      headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'MDEyMzQ1Njc4OWFiY2RlZg==' },
    });
    request.on('upgrade', (_response, socket) => {
      let bytes = Buffer.alloc(0);
      socket.on('data', chunk => {
        bytes = Buffer.concat([bytes, chunk]);
        if (bytes[0] === 0x88) socket.write(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe9]));
      });
      socket.on('error', () => {});
      const closed = new Promise(end => socket.on('close', () => end(bytes)));
      resolve({ closed });
    });
    request.on('error', reject);
  });
}

async function webSockets(context) {
  const master = await context.start({ drainTimeout: 5000 });
  const sockets = await Promise.all(Array.from({ length: 10 }, () => openWebSocket(master.port)));
  const began = Date.now();
  await master.command('reload');
  const after = Date.now() - began;
  const frames = await Promise.all(sockets.map(({ closed }) => closed));
  const codes = frames.map(bytes => (bytes[0] === 0x88 && bytes.length >= 4 ? bytes.readUInt16BE(2) : 0));
  return {
    measured: { codes: [...new Set(codes)], 'reload ms': after },
    checks: { 'every close says 1001': codes.every(code => code === 1001), 'before the deadline': after < 4500 },
  };
}

/** `bytes` at `rate` bytes a second; the answer, or the error. */
function upload(port, bytes, rate) {
  return new Promise(resolve => {
    const request = http.request({ host: '127.0.0.1', port, path: '/upload', method: 'POST', agent: false }, response => {
      let text = '';
      response.on('data', chunk => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode, text }));
    });
    request.on('error', error => resolve({ error: error.code }));
    const piece = Buffer.alloc(Math.floor(rate / 20));
    let sent = 0;
    const timer = setInterval(() => {
      if (sent >= bytes || request.destroyed) {
        clearInterval(timer);
        return request.end();
      }
      request.write(piece);
      sent += piece.length;
    }, 50);
  });
}

async function uploads(context) {
  const size = context.quick ? 4_000_000 : 10_000_000;
  const master = await context.start({ drainTimeout: 8000 });
  const whole = upload(master.port, size, 2_000_000);
  await sleep(500);
  await master.command('reload');
  const finished = await whole;
  await master.end();
  const short = await context.start({ drainTimeout: 700, killTimeout: 1000 });
  // Longer than the boot of the successor takes on a loaded machine.
  const cut = upload(short.port, size * 8, 2_000_000);
  await sleep(500);
  const began = Date.now();
  await short.command('reload');
  const after = Date.now() - began;
  const broken = await cut;
  const counted = /\d+ connections? (?:was|were) still open/.test(short.output);
  return {
    measured: { 'within the drain': finished, 'longer than the drain': broken, 'reload ms': after, counted },
    checks: {
      'completes within the drain': finished.status === 200 && JSON.parse(finished.text).bytes >= size,
      'cut at the deadline': broken.error !== undefined && after < 10_000,
      'what was cut is counted': counted,
    },
  };
}

async function slowLoris(context) {
  const master = await context.start({ drainTimeout: 3000, killTimeout: 1000 });
  const sockets = Array.from({ length: 200 }, () => {
    const socket = net.connect(master.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nX-a: ');
    return socket;
  });
  const dripping = setInterval(() => sockets.forEach(socket => socket.writable && socket.write('b')), 500);
  try {
    await sleep(500);
    const load = await context.load(master, { connections: 4, keepAlive: false, pause: 5 });
    const began = Date.now();
    await master.command('reload');
    const after = Date.now() - began;
    const { ok, failed, hung } = await load.stop();
    return {
      measured: { 'reload ms': after, ok, failed, hung },
      checks: {
        'old workers are gone by drain and kill limit': after < 2 * (3000 + 1000) + 3000,
        'served all the time': failed === 0 && hung === 0 && ok > 50,
      },
    };
  } finally {
    clearInterval(dripping);
    for (const socket of sockets) socket.destroy();
  }
}

async function nobodyThere(context) {
  const master = await context.start();
  context.order('app', 'delay:2000');
  const at = Date.now();
  for (const { pid } of master.ready()) process.kill(pid, 'SIGKILL');
  await until(() => master.deaths().length === 2, 3000);
  const answers = await Promise.all(Array.from({ length: 20 }, () => context.get(master)));
  const answered = answers.filter(({ status }) => status === 200).length;
  const slowest = Math.max(...answers.map(({ ms }) => ms ?? 0));
  return {
    measured: {
      answered: `${answered} of 20`,
      'slowest ms': slowest,
      'since the kill ms': Date.now() - at,
      errors: answers.filter(({ error }) => error !== undefined).map(({ error }) => error),
    },
    checks: { 'all waited and were answered': answered === 20, 'they did wait': slowest > 1500 },
  };
}

const short = connections => ({ connections, keepAlive: false });

export const rows = [
  {
    id: 'N1',
    title: 'rolling reloads under 50 keep-alive connections',
    expected: '0 failed, 0 hung',
    quick: true,
    run: context => reloadUnderLoad(context, { reloads: context.quick ? 3 : 10, loads: [{ connections: 50 }] }),
  },
  {
    id: 'N2',
    title: 'rolling reloads, one connection per request, held and round-robin',
    expected: '0 failed, 0 hung',
    quick: false,
    run: context => inModes(context, ['held', 'round-robin'], listen => reloadUnderLoad(context, { options: { listen }, reloads: 10, loads: [short(20)] })),
  },
  { id: 'N3', title: 'requests of 2 s in flight at a reload', expected: 'all answered', quick: true, run: longRequests },
  { id: 'N5', title: '10 WebSockets open at a reload', expected: 'closed with 1001 before the deadline', quick: true, run: webSockets },
  {
    id: 'N6',
    title: 'uploads in flight at a reload: one within the drain, one longer',
    expected: 'the first completes; the second is cut at the deadline and counted',
    quick: true,
    run: uploads,
  },
  { id: 'N8', title: '200 slow-loris connections at a reload', expected: 'old workers gone by the deadline; 0 failed meanwhile', quick: true, run: slowLoris },
  { id: 'N13', title: 'no worker alive for 2 s', expected: 'requests wait in the backlog and are answered', quick: true, run: nobodyThere },
  {
    id: 'N14',
    title: 'a connection given to the only worker in the moment it leaves (reloads of 1), held and round-robin',
    expected: '0 failed, 0 hung',
    quick: true,
    run: context =>
      inModes(context, ['held', 'round-robin'], listen =>
        reloadUnderLoad(context, { options: { listen, workers: 1 }, reloads: context.quick ? 4 : 30, loads: [short(16)] }),
      ),
  },
];

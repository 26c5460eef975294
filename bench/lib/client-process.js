/**
 * Open-loop HTTP client, a process of its own: so many requests a second whatever the answers, each outcome counted by its code.
 *
 * wrk and autocannon connect again without a word after a reset; here a reset is a failed request. A request counts for the phase in which it was due,
 * its latency from the time it was due.
 */
import http from 'node:http';

const { port, rate, connections, short } = JSON.parse(process.env.BENCH_CLIENT);
const REQUEST_TIMEOUT = 5000;
// First in, first out: all connections stay in use, as behind a proxy.
const agent = short ? false : new http.Agent({ keepAlive: true, maxSockets: connections * 4, maxFreeSockets: connections, scheduling: 'fifo' });
const phases = new Map();
let phase;
let open = 0;
let running = true;

function enter(name) {
  phase = { ok: 0, failed: {}, reused: 0, latencies: [] };
  phases.set(name, phase);
}

function send(due) {
  const mine = phase;
  let settled = false;
  open++;
  const settle = code => {
    if (settled) return;
    settled = true;
    open--;
    if (code === undefined) {
      mine.ok++;
      mine.latencies.push(performance.now() - due);
      return;
    }
    mine.failed[code] = (mine.failed[code] ?? 0) + 1;
    if (request.reusedSocket) mine.reused++;
  };
  const request = http.get({ host: '127.0.0.1', port, agent, timeout: REQUEST_TIMEOUT }, response => {
    let length = 0;
    response.on('data', chunk => (length += chunk.length));
    response.on('error', error => settle(error.code ?? 'CUT'));
    response.on('end', () => settle(response.statusCode === 200 && length === 5 ? undefined : `STATUS_${response.statusCode}_${length}`));
  });
  request.on('timeout', () => request.destroy(Object.assign(new Error('no answer'), { code: 'NO_ANSWER' })));
  request.on('error', error => settle(error.code ?? error.message));
}

function stop() {
  running = false;
  const deadline = performance.now() + REQUEST_TIMEOUT + 1000;
  const finish = setInterval(() => {
    if (open > 0 && performance.now() < deadline) return;
    clearInterval(finish);
    phase.failed.UNSETTLED = open > 0 ? open : undefined;
    process.send({ done: Object.fromEntries(phases) }, () => process.exit(0));
  }, 10);
}

enter('start');
// As many connections as asked for, from the first moment on.
for (let index = 0; index < (short ? 0 : connections); index++) send(performance.now());

const began = performance.now();
let issued = 0;
const ticker = setInterval(() => {
  if (!running) return clearInterval(ticker);
  const due = Math.floor(((performance.now() - began) * rate) / 1000);
  for (; issued < due; issued++) send(began + (issued * 1000) / rate);
}, 1);

process.on('message', message => {
  if (message.phase) enter(message.phase);
  if (message.stop) stop();
  process.send({ heard: message });
});
process.on('disconnect', () => process.exit(0));

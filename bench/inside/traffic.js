/**
 * Sends and counts messages inside an agent or a worker, as the bench says over a control socket.
 *
 * A post is what an implementation brings: `{ address, send(to, action, data), on(action, listener) }`, where `to` is 'agent', 'app' (all workers)
 * or a process id, and `address` is how others reach this process. The same code drives every implementation.
 */
const net = require('node:net');
const { now } = require('./facts.js');
const { bodyOf } = require('./mail.js');

const MAIL = 'bench-mail';
const ACK = 'bench-ack';

/** Sends without pause, but never has more than `window` messages on the way to the slowest receiver. */
class Stream {
  constructor(post, { to, bytes, window, ackEvery, receivers }) {
    Object.assign(this, { post, to, window, ackEvery, receivers, body: bodyOf(bytes), sent: 0, running: true, acked: new Map() });
  }
  get slowest() {
    return this.acked.size < this.receivers ? 0 : Math.min(...this.acked.values());
  }
  get drained() {
    // The receiver acknowledges every `ackEvery`-th message only.
    return this.sent - this.slowest < this.ackEvery;
  }
  pump() {
    const limit = this.slowest + this.window;
    while (this.running && this.sent < limit) {
      this.sent++;
      this.post.send(this.to, MAIL, { from: this.post.address, seq: this.sent, ack: this.ackEvery, body: this.body });
    }
  }
  acknowledge({ by, seq }) {
    this.acked.set(by, seq);
    if (this.running) this.pump();
    else if (this.drained) this.onDrained?.();
  }
  stop() {
    this.running = false;
    return new Promise(resolve => {
      if (this.drained) resolve();
      else this.onDrained = resolve;
    });
  }
}

/** One message each `every` milliseconds, `count` of them, each with the time it was sent. */
function pace(post, { to, bytes, every, count }) {
  const body = bodyOf(bytes);
  return new Promise(resolve => {
    let sent = 0;
    const timer = setInterval(() => {
      sent++;
      post.send(to, MAIL, { from: post.address, seq: sent, ack: 0, timed: bytes < 10_000, at: now(), body });
      if (sent < count) return;
      clearInterval(timer);
      resolve({ sent });
    }, every);
  });
}

/** `count` messages in one loop; where sending gives a promise, waits for it after each `awaitEvery` (never, when 0). */
async function flood(post, { to, bytes, count, awaitEvery }) {
  const body = bodyOf(bytes);
  const start = now();
  for (let seq = 1; seq <= count; seq++) {
    const sending = post.send(to, MAIL, { from: post.address, seq, ack: 0, body });
    if (awaitEvery > 0 && sending !== undefined && seq % awaitEvery === 0) await sending;
  }
  return { loopMs: now() - start };
}

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];

/** Connects this process to the bench; `role` is 'agent' or 'app'. Does nothing when the bench asks for no traffic. */
function join(post, role) {
  const path = process.env.BENCH_CONTROL;
  if (!path) return;
  let received = 0;
  let latencies = [];
  let stream;
  post.on(MAIL, mail => {
    received++;
    if (mail.timed) latencies.push(now() - mail.at);
    if (mail.ack > 0 && mail.seq % mail.ack === 0) post.send(mail.from, ACK, { by: post.address, seq: mail.seq });
  });
  post.on(ACK, ack => stream?.acknowledge(ack));
  const orders = {
    stream: plan => {
      stream = new Stream(post, plan);
      stream.pump();
      return {};
    },
    stop: () => stream.stop().then(() => ({ sent: stream.sent })),
    count: () => ({ received, at: now() }),
    reset: () => {
      received = 0;
      latencies = [];
      return {};
    },
    pace: plan => pace(post, plan),
    flood: plan => flood(post, plan),
    latencies: () => {
      const sorted = latencies.toSorted((a, b) => a - b);
      return { count: sorted.length, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), max: sorted.at(-1) };
    },
  };
  const socket = net.connect(path, () => socket.write(JSON.stringify({ hello: role, pid: process.pid }) + '\n'));
  // The bench ending first is no error of the measured process.
  socket.on('error', () => {});
  socket.unref();
  let rest = '';
  socket.on('data', chunk => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      const { id, order, plan } = JSON.parse(line);
      const answering = async () => socket.write(JSON.stringify({ id, ...(await orders[order](plan)) }) + '\n');
      void answering();
    }
  });
}

module.exports = { join };

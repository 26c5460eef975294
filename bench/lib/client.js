/** Runs the open-loop client in its own process and reads its counts. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { quantile } from './stats.js';

const clients = new Set();
process.on('exit', () => clients.forEach(child => child.kill('SIGKILL')));

/** Starts `rate` requests a second at `port`, over `connections` keep-alive connections or, `short`, a connection each. */
export function startClient({ port, rate = 500, connections = 32, short = false }) {
  const child = fork(fileURLToPath(new URL('./client-process.js', import.meta.url)), {
    env: { ...process.env, BENCH_CLIENT: JSON.stringify({ port, rate, connections, short }) },
  });
  clients.add(child);
  child.on('exit', () => clients.delete(child));
  return {
    /** Counts what is due from now on under this name. */
    async phase(name) {
      child.send({ phase: name });
      await once(child, 'message');
    },
    /** Stops; `{ [phase]: { ok, failed (number), codes (text), p50, p99, max (ms) } }`. */
    async stop() {
      const done = new Promise((resolve, reject) => {
        child.on('message', message => message.done && resolve(message.done));
        child.on('exit', () => reject(new Error('the client ended')));
      });
      child.send({ stop: true });
      return Object.fromEntries(Object.entries(await done).map(([name, counts]) => [name, summary(counts)]));
    },
  };
}

function summary({ ok, failed, reused, latencies }) {
  const total = Object.values(failed).reduce((sum, count) => sum + count, 0);
  const codes = Object.entries(failed).map(([code, count]) => `${code} ${count}`);
  if (reused > 0) codes.push(`(on a reused connection ${reused})`);
  return { ok, failed: total, codes: codes.join(' '), p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99), max: quantile(latencies, 1) };
}

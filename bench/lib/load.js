/** Closed-loop load on a server: wrk, or autocannon where there is no wrk. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MILLISECONDS = { us: 0.001, ms: 1, s: 1000 };

const wrk = {
  command: ({ url, connections, seconds, short }) => [
    'wrk',
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--latency',
    ...(short ? ['-H', 'Connection: close'] : []),
    url,
  ],
  read(text) {
    const [, requests, took, unit] = /(\d+) requests in ([\d.]+)(s|m)/.exec(text);
    const p99 = /99%\s+([\d.]+)(us|ms|s)/.exec(text);
    const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text);
    return {
      requests: Number(requests),
      seconds: Number(took) * (unit === 'm' ? 60 : 1),
      p99: p99 ? Number(p99[1]) * MILLISECONDS[p99[2]] : NaN,
      errors: errors ? errors.slice(1).reduce((sum, count) => sum + Number(count), 0) : 0,
    };
  },
};

const autocannon = {
  command: ({ url, connections, seconds, short, cache }) => [
    process.execPath,
    path.join(cache, 'node_modules/autocannon/autocannon.js'),
    '--json',
    '--no-progress',
    ...['-c', connections, '-d', Math.max(1, Math.round(seconds))].map(String),
    ...(short ? ['-H', 'Connection=close'] : []),
    url,
  ],
  read(text) {
    const found = JSON.parse(text);
    return { requests: found.requests.total, seconds: found.duration, p99: found.latency.p99, errors: found.errors };
  },
};

/** Loads one URL; `{ requests, seconds, p99 (ms), errors }`. wrk takes whole seconds only. */
export async function load({ settings, url, connections = 64, seconds = settings.seconds, short = false }) {
  const tool = settings.load === 'wrk' ? wrk : autocannon;
  const command = tool.command({ url, connections, seconds: Math.max(1, Math.round(seconds)), short, cache: settings.cache });
  const pinned = settings.clientCpu === undefined ? command : ['taskset', '-c', settings.clientCpu, ...command];
  const { stdout } = await run(pinned[0], pinned.slice(1), { timeout: seconds * 1000 + 60_000 });
  return tool.read(stdout);
}

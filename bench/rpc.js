/** Remote procedure calls in a pipeline: calls per second and CPU of the server per call, beside another server of msgpack-rpc. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { statOf } from './lib/process-tree.js';
import { inTurn, startAll, stopAll } from './lib/rounds.js';
import { ratio, runAlone, target } from './lib/row.js';
import { figure, medians, spread, table } from './lib/stats.js';

const program = name => fileURLToPath(new URL(`./lib/${name}.js`, import.meta.url));
const CONNECTIONS = 4;
const WINDOW = 64;

const NAMES = ['brood', 'msgpack-rpc-lite'];

/** Node.js with its IPC channel, on one core where there are two. */
function start(name, args, cpu) {
  const pinned = cpu === undefined ? {} : { execPath: 'taskset', execArgv: ['-c', cpu, process.execPath] };
  return fork(program(name), args, pinned);
}

async function said(child) {
  const message = once(child, 'message').then(([first]) => first);
  return Promise.race([message, once(child, 'exit').then(([code]) => Promise.reject(new Error(`ended with ${code}`)))]);
}

async function startServer(name, settings) {
  const child = start('rpc-server-process', [name], settings.serverCpu);
  const { port } = await said(child);
  return {
    pid: child.pid,
    port,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function load({ pid, port }, client, settings) {
  const before = statOf(pid).cpu;
  const plan = { client, port, seconds: settings.seconds, connections: CONNECTIONS, window: WINDOW };
  const { answered, seconds } = await said(start('rpc-client-process', [JSON.stringify(plan)], settings.clientCpu));
  return { rate: answered / seconds, cpu: ((statOf(pid).cpu - before) / answered) * 1e6 };
}

async function compare(settings, clientOf) {
  const servers = await startAll(NAMES, settings, name => startServer(name, settings));
  try {
    const samples = await inTurn(servers, settings, (name, server) => load(server, clientOf(name), settings));
    const found = Object.fromEntries([...samples].filter(([, list]) => list.length > 0).map(([name, list]) => [name, medians(list)]));
    const rows = Object.entries(found).map(([name, m]) => [name, spread(samples.get(name).map(({ rate }) => rate)), figure(m.cpu)]);
    return { found, rows };
  } finally {
    await stopAll(servers);
  }
}

export const row = {
  name: 'rpc',
  about: `add(20, 22) over ${CONNECTIONS} connections with ${WINDOW} calls under way on each; the server is one process on one core, the client another on another. First both servers by one raw client, which only counts answers; then each by its own client. CPU in µs of the server per call.`,
  async measure(settings) {
    const raw = await compare(settings, () => 'raw');
    const own = await compare(settings, name => name);
    const head = ['calls/s', 'server µs/call'];
    const ours = [raw.found.brood, own.found.brood];
    return {
      tables: [table(['server, raw client', ...head], raw.rows), table(['server and its client', ...head], own.rows)],
      targets: [
        target('server CPU per call ÷ msgpack-rpc-lite', ratio(ours[0]?.cpu, raw.found['msgpack-rpc-lite']?.cpu), { most: 1 }),
        target('calls/s with its client ÷ msgpack-rpc-lite', ratio(ours[1]?.rate, own.found['msgpack-rpc-lite']?.rate), { least: 1 }),
      ],
    };
  },
};

await runAlone(row, import.meta);

/** Plain instances, and the two balancers in front of them: the router of Brood, and nginx. */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../../faults/lib/until.js';
import { nginxPlace } from './nginx.js';
import { cpuOf } from './process-tree.js';
import { benchDirectory, root } from './settings.js';
import { freePort } from './subject.js';

/** By the signal that ends each with all that it has started. */
const children = new Map();
process.on('exit', () => children.forEach((signal, child) => child.kill(signal)));
const kept = (child, signal = 'SIGKILL') => {
  children.set(child, signal);
  child.on('exit', () => children.delete(child));
  return child;
};

const pin = (cpu, pid) => cpu !== undefined && spawn('taskset', ['-pc', cpu, String(pid)], { stdio: 'ignore' });

let lastId = 0;

/** Starts one instance; resolves when it listens. `url` is its own. */
export async function startInstance(cpu, port) {
  port ??= await freePort();
  const child = kept(fork(path.join(benchDirectory, 'inside/instance.js'), { env: { ...process.env, BENCH_PORT: port } }));
  pin(cpu, child.pid);
  await once(child, 'message');
  const id = ++lastId;
  return {
    id,
    port,
    child,
    backend: state => ({ id, name: `web.${id}`, host: '127.0.0.1', port, state }),
    count: async () => Number(await (await fetch(`http://127.0.0.1:${port}/count`)).text()),
    /** Resolves when it has ended. */
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
  };
}

/** The router of this build, as the master starts it; `tell(instances)` as the master tells it. */
export async function startRouter(cpu) {
  const port = await freePort();
  const boot = {
    version: 1,
    role: 'app',
    type: 'router',
    id: 1,
    slot: 1,
    generation: 1,
    park: false,
    baseDir: root,
    env: 'prod',
    title: 'bench',
    require: [],
    listen: { mode: 'held', port },
    router: [{ entry: 'web', protocol: 'http', port, host: '127.0.0.1' }],
    workers: 1,
    startTimeout: 10_000,
    drainTimeout: 1_000,
    unhandledRejection: 'leave',
    mail: { prefix: '\0bench-', secret: '', queueLimit: 1 },
    options: {},
  };
  const child = kept(
    fork(fileURLToPath(new URL('../../dist/entries/router.cjs', import.meta.url)), { env: { ...process.env, BROOD_BOOT: JSON.stringify(boot) } }),
  );
  pin(cpu, child.pid);
  const ready = new Promise((resolve, reject) => {
    child.on('message', message => message.brood?.kind === 'ready' && resolve());
    child.on('exit', () => reject(new Error('the router ended')));
  });
  await ready;
  return {
    port,
    url: `http://127.0.0.1:${port}/`,
    cpu: () => cpuOf(child.pid).all,
    tell: backends => child.send({ brood: { kind: 'backends', entries: [{ entry: 'web', backends }] } }),
    end: () => void child.kill('SIGKILL'),
  };
}

/** nginx with one worker and the same rules: fewest connections, kept open, no buffering. `undefined` where it cannot be had. */
export async function startNginx(cpu, ports) {
  const place = await nginxPlace();
  if (place === undefined) return undefined;
  const { port, pidFile } = place;
  const forwarded = ['For $proxy_add_x_forwarded_for', 'Proto $scheme', 'Host $host', 'Port $server_port'].map(one => `proxy_set_header X-Forwarded-${one};`);
  writeFileSync(
    place.config,
    `worker_processes 1; ${place.main} daemon off; events { worker_connections 4096; }
http { access_log off; ${place.temporary} keepalive_requests 1000000000;
upstream web { least_conn; keepalive 256; keepalive_requests 1000000000; ${ports.map(one => `server 127.0.0.1:${one};`).join(' ')} }
server { listen 127.0.0.1:${port}; location / { proxy_pass http://web; proxy_http_version 1.1; proxy_buffering off; proxy_set_header Connection "";
proxy_set_header Host $http_host; ${forwarded.join(' ')} } } }\n`,
  );
  const command = [...(cpu === undefined ? [] : ['taskset', '-c', cpu]), ...place.words];
  // Killed, it would leave its worker behind.
  const child = kept(spawn(command[0], command.slice(1), { stdio: 'ignore' }), 'SIGTERM');
  const gone = once(child, 'exit').then(place.remove);
  const answers = () => fetch(`http://127.0.0.1:${port}/`).then(({ status }) => status === 200);
  if ((await until(() => existsSync(pidFile) && answers().catch(() => undefined), 10_000)) === undefined) {
    child.kill('SIGTERM');
    await gone;
    throw new Error('nginx does not answer');
  }
  const pid = Number(readFileSync(pidFile, 'utf8'));
  return {
    port,
    url: `http://127.0.0.1:${port}/`,
    cpu: () => cpuOf(pid).all,
    tell: () => {},
    end: () => void child.kill('SIGTERM'),
  };
}

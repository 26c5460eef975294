/** Faults that every implementation gets: each test answers in a few words what happened. */
import http from 'node:http';
import { alive, cpuOf, isListening } from '../lib/proc.js';
import { sleep, until } from '../lib/until.js';

const seconds = milliseconds => `${(milliseconds / 1000).toFixed(1)} s`;
const lost = ({ failed, hung }) => `${failed} failed${hung > 0 ? `, ${hung} hung` : ''}`;

/** One request on a connection of its own; its status, or what has gone wrong. */
function get(port, path = '/', timeout = 10_000) {
  return new Promise(done => {
    const request = http.get({ host: '127.0.0.1', port, path, agent: false, timeout }, response => {
      response.on('end', () => done(response.statusCode)).on('error', error => done(error.code));
      response.resume();
    });
    request.on('timeout', () => request.destroy(Object.assign(new Error('hung'), { code: 'HUNG' })));
    request.on('error', error => done(error.code));
  });
}

async function killed(peer, context) {
  const loads = [await context.load(peer, { connections: 10 }), await context.load(peer, { connections: 10, keepAlive: false })];
  await sleep(500);
  const [victim] = peer.workers();
  const began = Date.now();
  process.kill(victim, 'SIGKILL');
  const again = await until(() => !alive(victim) && peer.workers().length >= 2, 15_000);
  const took = Date.now() - began;
  await sleep(6000);
  const counts = await Promise.all(loads.map(load => load.stop()));
  const sum = key => counts.reduce((total, one) => total + one[key], 0);
  return `${again ? `replaced in ${took} ms` : 'not replaced'}; ${lost({ failed: sum('failed'), hung: sum('hung') })}`;
}

async function killedAgain(peer, context) {
  const load = await context.load(peer, { connections: 20, keepAlive: false });
  for (let round = 0; round < 40; round++) {
    const [victim] = peer.workers();
    if (victim !== undefined) process.kill(victim, 'SIGKILL');
    await sleep(250);
  }
  const full = await until(() => peer.workers().length >= 2, 5000);
  await sleep(500);
  const serves = await get(peer.port);
  const counts = await load.stop();
  return `${lost(counts)} of ${counts.ok + counts.failed + counts.hung}; afterwards ${full ? 'both' : peer.workers().length} there, ${serves === 200 ? 'serves' : `serves nothing (${serves})`}`;
}

/** Whether a worker that has fallen silent is replaced. */
async function silent(peer, injure) {
  const pid = await injure();
  const began = Date.now();
  const gone = await until(() => !alive(pid), 20_000);
  const took = Date.now() - began;
  const again = gone && (await until(() => peer.workers().length >= 2, 5000));
  return gone ? `${again ? 'replaced' : 'killed'} after ${seconds(took)}` : 'not noticed in 20 s';
}

const stopped = peer =>
  silent(peer, () => {
    const [victim] = peer.workers();
    process.kill(victim, 'SIGSTOP');
    return victim;
  });

/** Whoever uses most of a CPU for a second: not every implementation answers before its loop. */
async function busiest(pids) {
  const before = new Map(pids.map(pid => [pid, cpuOf(pid)]));
  await sleep(1000);
  const used = pid => cpuOf(pid) - before.get(pid);
  return pids.toSorted((a, b) => used(b) - used(a))[0];
}

const looping = peer =>
  silent(peer, () => {
    http.get({ host: '127.0.0.1', port: peer.port, path: '/loop', agent: false }, response => response.on('error', () => {}).resume()).on('error', () => {});
    return busiest(peer.workers());
  });

async function bootLoop(peer) {
  peer.order('exit:1');
  await peer.begin();
  await until(() => peer.ended, 10_000);
  const boots = peer.boots().length;
  const ended = peer.ended !== undefined;
  const said = peer.started === undefined ? '' : `; the command had said ${peer.started.code}`;
  return ended ? `ends with exit code ${peer.ended.code ?? peer.ended.signal} after ${boots} boots` : `${boots} boots in 10 s, goes on${said}`;
}

async function masterKilled(peer) {
  const workers = peer.workers();
  const began = Date.now();
  process.kill(peer.pid, 'SIGKILL');
  const gone = await until(() => peer.processes().length === 0 && !workers.some(alive), 20_000);
  const took = Date.now() - began;
  return gone
    ? `all gone after ${seconds(took)}, port ${isListening(peer.port) ? 'still taken' : 'free'}`
    : `${workers.filter(alive).length} of 2 workers still there after 20 s`;
}

async function terminated(peer) {
  const slow = get(peer.port, '/slow?ms=1500');
  await sleep(400);
  const began = Date.now();
  process.kill(peer.pid, 'SIGTERM');
  await sleep(300);
  const answer = peer.name === 'nginx' ? undefined : await Promise.race([slow, sleep(5000)]);
  const drained =
    answer === undefined ? '' : answer === 200 ? 'one SIGTERM: the request in flight is answered; ' : `one SIGTERM: the request in flight fails (${answer}); `;
  await until(() => peer.processes().length === 0, 35_000);
  const first = Date.now() - began;
  await peer.end();
  delete peer.ended;
  await peer.start();
  const long = get(peer.port, '/slow?ms=20000', 25_000);
  await sleep(400);
  process.kill(peer.pid, 'SIGTERM');
  await sleep(400);
  const second = Date.now();
  if (alive(peer.pid)) process.kill(peer.pid, 'SIGTERM');
  const gone = await until(() => peer.processes().length === 0, 35_000);
  const took = Date.now() - second;
  await long;
  return `${drained}${drained === '' ? '' : `gone after ${seconds(first)}; `}two: ${gone ? `gone after ${seconds(took)}` : 'not gone after 35 s'}`;
}

async function brokenRelease(peer, context) {
  const load = await context.load(peer, { connections: 8, pause: 2 });
  await sleep(300);
  peer.order('throw');
  const code = await peer.reload();
  await sleep(5000);
  const serves = await get(peer.port, '/', 5000);
  const counts = await load.stop();
  return `${lost(counts)}; afterwards ${serves === 200 ? 'serves' : `serves nothing (${serves})`}, ${peer.workers().length} of 2 workers${code === undefined ? '' : `; exit code ${code}`}`;
}

/** nginx has no application: its release is its configuration. */
async function brokenNginx(peer, context) {
  const { writeFileSync } = await import('node:fs');
  const load = await context.load(peer, { connections: 8, pause: 2 });
  writeFileSync(`${peer.directory}/nginx.conf`, 'http { listen 80');
  await peer.reload();
  await sleep(3000);
  const serves = await get(peer.port, '/', 5000);
  const counts = await load.stop();
  return `${lost(counts)}; afterwards ${serves === 200 ? 'serves' : `serves nothing (${serves})`}, ${peer.workers().length} of 2 workers`;
}

async function reloads(peer, context) {
  const load = await context.load(peer, { connections: 50 });
  await sleep(500);
  let done = 0;
  for (let round = 0; round < 5; round++) {
    const old = peer.workers();
    await peer.reload();
    if (!(await peer.renewed(old))) break;
    done++;
    await sleep(300);
  }
  const counts = await load.stop();
  return `${lost(counts)} of ${counts.ok + counts.failed + counts.hung}${done < 5 ? `; only ${done} of 5 reloads were through in 20 s each` : ''}`;
}

async function inFlight(peer) {
  const slow = Array.from({ length: 8 }, () => get(peer.port, '/slow?ms=2000', 15_000));
  await sleep(400);
  await peer.reload();
  const answers = await Promise.all(slow);
  return `${answers.filter(status => status === 200).length} of 8 answered`;
}

/** `how`: what the start of a peer differs by; `not`: who cannot take the test, and why. */
export const tests = [
  { id: 'W1', title: 'SIGKILL of a worker under load', run: killed },
  { id: 'W2', title: 'SIGKILL of a worker every 250 ms for 10 s, one connection per request', run: killedAgain },
  { id: 'W3', title: 'SIGSTOP of a worker', run: stopped },
  { id: 'W5', title: 'a worker in an endless loop', run: looping, how: { gunicorn: { sync: true } }, not: { nginx: 'has no application' } },
  { id: 'W12', title: 'every boot ends with exit(1), at the first start', run: bootLoop, starts: true, not: { nginx: 'has no application' } },
  { id: 'M1', title: 'SIGKILL of the master', run: masterKilled },
  { id: 'M4', title: 'SIGTERM once with a request of 1.5 s in flight; twice with one of 20 s', run: terminated },
  {
    id: 'M9',
    title: 'a reload whose application throws in its boot (nginx: half a configuration file)',
    run: (peer, context) => (peer.name === 'nginx' ? brokenNginx : brokenRelease)(peer, context),
    how: { 'egg-cluster': { env: 'local' } },
  },
  { id: 'N1', title: '5 reloads under 50 keep-alive connections', run: reloads, how: { 'egg-cluster': { env: 'local' } } },
  {
    id: 'N3',
    title: 'requests of 2 s in flight at a reload',
    run: inFlight,
    how: { 'egg-cluster': { env: 'local' } },
    not: { nginx: 'answers nothing slowly by itself' },
  },
];

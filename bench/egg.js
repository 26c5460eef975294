/** An application on egg 4, by its own cluster and by Brood: start, and requests lost when it is stopped, reloaded and crashes. */
import { execFile, fork } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { sleep } from './lib/facts.js';
import { inTurn } from './lib/rounds.js';
import { ratio, runAlone, target } from './lib/row.js';
import { median, spread, table } from './lib/stats.js';
import { freePort } from './lib/subject.js';
import { alive, treeOf } from './lib/process-tree.js';

const root = fileURLToPath(new URL('../', import.meta.url));

/** Egg 4 and the application of the tests, in the cache; the application once for each of the two, for both write beside it. */
async function install(cache) {
  const directory = path.join(cache, 'egg-four');
  const manifest = JSON.parse(readFileSync(path.join(root, 'fixtures/egg/four/package.json'), 'utf8'));
  mkdirSync(directory, { recursive: true });
  if (!existsSync(path.join(directory, 'node_modules/egg'))) {
    writeFileSync(
      path.join(directory, 'package.json'),
      JSON.stringify({ name: 'egg-four-bench', private: true, type: 'module', dependencies: manifest.dependencies }),
    );
    await promisify(execFile)('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: directory, timeout: 300_000 });
  }
  rmSync(path.join(directory, 'node_modules/brood'), { force: true });
  symlinkSync(root, path.join(directory, 'node_modules/brood'));
  for (const name of ['egg', 'brood']) {
    const app = path.join(directory, `app-${name}`);
    rmSync(app, { recursive: true, force: true });
    cpSync(path.join(root, 'fixtures/egg/four'), app, { recursive: true });
    mkdirSync(path.join(app, 'node_modules'));
    symlinkSync(path.join(directory, 'node_modules/egg'), path.join(app, 'node_modules/egg'));
    writeFileSync(
      path.join(directory, `start-${name}.js`),
      `import { startCluster } from '${name}';\nawait startCluster(JSON.parse(process.argv[2]));\nprocess.send('started');\n`,
    );
  }
  return directory;
}

const ask = (port, { agent = false, path: where = '/' } = {}) =>
  new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, path: where, agent, timeout: 15_000 }, response => {
      let text = '';
      response.on('data', chunk => (text += chunk));
      response.on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(`status ${response.statusCode}`))));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error('timeout')));
    request.on('error', reject);
  });

async function start(name, directory, workers) {
  const port = await freePort();
  const options = { baseDir: path.join(directory, `app-${name}`), framework: path.join(directory, 'node_modules/egg'), workers, port };
  const env = { ...process.env, NODE_ENV: 'production', EGG_SERVER_ENV: 'prod', EGG_MASTER_LOGGER_LEVEL: 'ERROR', HOME: directory };
  const began = performance.now();
  const child = fork(path.join(directory, `start-${name}.js`), [JSON.stringify(options)], {
    env,
    cwd: directory,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const messages = [];
  child.on('message', message => messages.push(message?.action ?? message));
  const state = { ended: false };
  child.on('exit', () => (state.ended = true));
  for (;;) {
    if (state.ended) throw new Error(`${name} did not start`);
    try {
      await ask(port);
      break;
    } catch {
      await sleep(3);
    }
  }
  const first = performance.now() - began;
  while (!messages.includes('started') && !state.ended) await sleep(5);
  const all = performance.now() - began;
  const stop = async (signal = 'SIGTERM') => {
    const members = treeOf(child.pid);
    if (!state.ended) child.kill(signal);
    const deadline = performance.now() + 20_000;
    while ((!state.ended || members.some(({ pid, started }) => alive(pid, started))) && performance.now() < deadline) await sleep(20);
    for (const { pid, started } of members) if (alive(pid, started)) process.kill(pid, 'SIGKILL');
  };
  return { port, child, first, all, stop, messages };
}

/** Eight clients, each over one connection that is kept alive; counts what fails. */
function load(port, clients, where) {
  const state = { on: true, ok: 0 };
  const errors = [];
  const client = async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    while (state.on) {
      try {
        await ask(port, { agent, path: where });
        state.ok++;
      } catch (error) {
        // After its end nobody listens any more: that is no request that was lost.
        if (error.code === 'ECONNREFUSED') break;
        errors.push(error.code ?? error.message);
        await sleep(20);
      }
    }
    agent.destroy();
  };
  const all = Array.from({ length: clients }, client);
  return {
    ok: () => state.ok,
    async stop() {
      state.on = false;
      await Promise.all(all);
      return errors.length;
    },
  };
}

const until = async check => {
  const deadline = performance.now() + 30_000;
  while (!(await check()) && performance.now() < deadline) await sleep(20);
};

/** Requests that fail when it is told to end while each client waits for an answer of 300 ms. */
async function lostAtStop(name, directory) {
  const subject = await start(name, directory, 2);
  const clients = load(subject.port, 8, '/slow?ms=300');
  await until(() => clients.ok() > 16);
  await subject.stop();
  return clients.stop();
}

async function lostAtReload(name, directory) {
  const subject = await start(name, directory, 4);
  const clients = load(subject.port, 8, '/');
  await until(() => clients.ok() > 200);
  const pids = async () =>
    new Set((await Promise.all(Array.from({ length: 40 }, () => ask(subject.port).catch(() => '{}')))).map(text => JSON.parse(text).pid));
  const before = await pids();
  subject.child.send({ action: 'reload-worker', to: 'master' });
  await until(async () => ![...(await pids())].some(pid => before.has(pid)));
  await sleep(1000);
  const lost = await clients.stop();
  const processes = () => treeOf(subject.child.pid).length;
  // Those that drain idle connections take their keep-alive time.
  await until(() => processes() <= 7);
  const workers = processes();
  await subject.stop();
  return { lost, workers };
}

async function lostAtCrashes(name, directory) {
  const subject = await start(name, directory, 2);
  const clients = load(subject.port, 8, '/');
  for (const crash of [1, 2]) {
    const enough = clients.ok() + 200;
    await until(() => clients.ok() > enough);
    await ask(subject.port, { path: '/throw' }).catch(() => {});
    await until(() => subject.messages.filter(message => message === 'app-worker-died').length >= crash);
    await sleep(500);
  }
  const lost = await clients.stop();
  await subject.stop();
  return lost;
}

export const row = {
  name: 'egg',
  about:
    'The egg 4 application of the tests (fixtures/egg/four) by its own cluster and by Brood, production: milliseconds from the spawn of the master to the first answer and to the end of startCluster(), 2 workers; requests that 8 keep-alive clients lose.',
  async measure(settings) {
    const directory = await install(settings.cache);
    const names = ['egg', 'brood'];
    const starts = await inTurn(names, settings, async name => {
      const subject = await start(name, directory, 2);
      await subject.stop();
      return { first: subject.first, all: subject.all };
    });
    const of = (name, what) => starts.get(name)?.map(sample => sample[what]) ?? [];
    const lost = {};
    for (const name of names)
      lost[name] = { stop: await lostAtStop(name, directory), reload: await lostAtReload(name, directory), crashes: await lostAtCrashes(name, directory) };
    const rows = names.map(name => [
      name,
      spread(of(name, 'first')),
      spread(of(name, 'all')),
      lost[name].stop,
      `${lost[name].reload.lost} (${lost[name].reload.workers} processes after)`,
      lost[name].crashes,
    ]);
    return {
      tables: [table(['cluster', 'first answer, ms', 'all started, ms', 'lost at SIGTERM', 'lost at a reload of 4', 'lost at 2 exceptions'], rows)],
      targets: [
        target('first answer ÷ own cluster', ratio(median(of('brood', 'first')), median(of('egg', 'first'))), { most: 1 }),
        target('lost at SIGTERM', lost.brood.stop, { most: 0 }),
        target('lost at a reload of 4 workers', lost.brood.reload.lost, { most: 0 }),
        target('lost at 2 exceptions (in flight in the crashed workers: at most 8)', lost.brood.crashes, { most: 8 }),
        target('processes after the reload (master, agent, 4 workers, sentinel)', lost.brood.reload.workers, { most: 7 }),
      ],
    };
  },
};

await runAlone(row, import.meta);

/** What operating costs: reloads under every kind of load, a broken release, a status question, a master that has nothing to do. pm2 beside it. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, endManager, startManager } from './lib/managers.js';
import { againIn1000, startClients } from './lib/mixed-clients.js';
import { memoryOf, statOf } from './lib/process-tree.js';
import { oneAfterTheOther } from './lib/rounds.js';
import { ratio, runAlone, target } from './lib/row.js';
import { figure, median, spread, table } from './lib/stats.js';

const NAMES = ['brood', 'pm2'];
const percentile = (list, share) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.ceil(list.length * share) - 1)];

async function withManager(name, settings, options, use) {
  const manager = await startManager(name, settings, options);
  try {
    return await use(manager);
  } finally {
    await endManager(manager);
  }
}

/** Reloads under load; failed and answered by kind. `prepare` may change the files before it. */
async function reloads(name, settings, count, prepare = () => {}) {
  return withManager(name, settings, {}, async manager => {
    const clients = startClients(manager.port);
    await sleep(1000);
    prepare(manager);
    const done = await oneAfterTheOther(count, () => manager.reload());
    const kinds = await clients.stop();
    return {
      kinds,
      ...done,
      serves: await ask(manager.port).then(
        () => 'yes',
        error => error.code,
      ),
    };
  });
}

/** The broken release throws at its start. */
const breakRelease = ({ directory }) => writeFileSync(path.join(directory, 'server.js'), "throw new Error('this release is broken');\n");

function kindRows(name, what, { kinds, took, codes, serves }) {
  return Object.entries(kinds).map(([kind, { done, failed, again, codes: errors }], index) => [
    index === 0 ? what : '',
    index === 0 ? name : '',
    kind,
    String(done),
    String(failed),
    String(again),
    [...errors]
      .slice(0, 3)
      .map(([code, count]) => `${code} ×${count}`)
      .join(', '),
    index === 0 ? spread(took) : '',
    index === 0 ? [...new Set(codes)].join(', ') : '',
    index === 0 ? serves : '',
  ]);
}
const failedOf = ({ kinds }) => Object.values(kinds).reduce((sum, { failed }) => sum + failed, 0);

async function questions(settings, count) {
  const samples = new Map(NAMES.map(name => [name, []]));
  const managers = new Map();
  try {
    for (const name of NAMES) managers.set(name, await startManager(name, settings));
    for (let round = 0; round < count; round++) for (const [name, manager] of managers) samples.get(name).push(await manager.status());
  } finally {
    for (const manager of managers.values()) await endManager(manager);
  }
  return samples;
}

/** CPU of the master over some seconds of nothing, as a share of one core, and its memory; what its start has left to do is over by then. */
const idle = (name, settings, seconds) =>
  withManager(name, settings, {}, async manager => {
    await sleep(settings.quick ? 3000 : 20_000);
    const pid = await manager.master();
    const before = statOf(pid).cpu;
    await sleep(seconds * 1000);
    return { cpu: (statOf(pid).cpu - before) / seconds, ...memoryOf(pid) };
  });

/** From SIGKILL of a worker until as many serve as before, by pid, with a boot of three seconds. */
async function recoveries(settings, count) {
  const flags = ['--spare', '1', '--no-agent'];
  return withManager('brood', settings, { workers: 2, app: 'recovering', env: { BENCH_BOOT: '3000' }, flags }, async manager => {
    const took = [];
    for (let round = 0; round < count; round++) {
      const status = async () => JSON.parse((await manager.command('ps', '--json')).out);
      let now = await status();
      while (!now.items.some(({ state }) => state === 'spare')) {
        await sleep(200);
        now = await status();
      }
      const victim = now.items.find(({ name }) => name === 'web.1');
      process.kill(victim.pid, 'SIGKILL');
      await sleep(1500);
      const { items } = await status();
      // The master's own clock: the end of one and the promotion of the other are entered by the same process.
      const dead = JSON.parse((await manager.command('inspect', 'web.1', '--json')).out).deaths.at(-1);
      const successor = items.find(({ name, ready }) => name === 'web.1' && ready);
      took.push(successor === undefined ? NaN : Date.parse(successor.since) - Date.parse(dead.at));
    }
    return took;
  });
}

export const row = {
  name: 'operations',
  about:
    'By the command lines, in the background, one script (server.js, 4 workers) unchanged. Reloads and a broken release under 16 keep-alive clients, 8 with a connection per request, 4 that upload 200 kB, 4 over HTTP/2, 8 WebSockets (1001 is a good end). A stream of HTTP/2 that was refused is sent again, as RFC 9113, 8.7 says.',
  async measure(settings) {
    const count = settings.quick ? 1 : 3;
    const good = new Map();
    const broken = new Map();
    for (const name of NAMES) good.set(name, await reloads(name, settings, count));
    for (const name of NAMES) broken.set(name, await reloads(name, settings, 1, breakRelease));
    const asked = await questions(settings, settings.quick ? 3 : 15);
    const resting = new Map();
    for (const name of NAMES) resting.set(name, await idle(name, settings, settings.quick ? 5 : 60));
    const recovered = await recoveries(settings, settings.quick ? 1 : 8);
    const took = name => median(asked.get(name).map(sample => sample.took));
    const memory = name => median(asked.get(name).map(sample => sample.memory));
    return {
      tables: [
        table(
          ['what', 'manager', 'clients', 'answered', 'failed', 'sent again', 'errors', 'ms', 'exit code', 'serves afterwards'],
          [
            ...NAMES.flatMap(name => kindRows(name, `${count} reloads`, good.get(name))),
            ...NAMES.flatMap(name => kindRows(name, 'broken release', broken.get(name))),
          ],
        ),
        table(
          ['manager', 'ps / ls, ms', 'its memory, MiB', 'idle master, CPU %', 'master PSS, MiB', 'RSS, MiB'],
          NAMES.map(name => {
            const { cpu, pss, rss } = resting.get(name);
            return [name, spread(asked.get(name).map(sample => sample.took)), figure(memory(name)), figure(cpu * 100), figure(pss), figure(rss)];
          }),
        ),
        table(['SIGKILL, spare: 1, boot of 3 s', 'ms'], [['brood', spread(recovered)]]),
      ],
      targets: [
        target('failed in reloads, all kinds', failedOf(good.get('brood')), { most: 0 }),
        target('streams sent again in reloads, in 1,000', againIn1000(good.get('brood').kinds), { most: 5 }),
        target('failed with a broken release', failedOf(broken.get('brood')), { most: 0 }),
        target('exit code of the broken reload', broken.get('brood').codes[0], { most: 4, least: undefined }),
        target('brood ps', took('brood'), { most: 120, unit: ' ms' }),
        target('brood ps, memory', memory('brood'), { most: 55, unit: ' MiB' }),
        target('brood ps ÷ pm2 ls, time', ratio(took('brood'), took('pm2')), { most: 1 }),
        target('idle master', resting.get('brood').cpu * 100, { most: 0.1, unit: ' %' }),
        target('PSS of the master ÷ that of pm2', ratio(resting.get('brood').pss, resting.get('pm2').pss), { most: 1 }),
        target('capacity back after SIGKILL, p95', percentile(recovered, 0.95), { most: 100, unit: ' ms' }),
      ],
    };
  },
};

await runAlone(row, import.meta);

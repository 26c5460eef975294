/** Another master takes the place of the one that runs, under load; nginx, which has the same by USR2 and QUIT, beside it. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { alive } from '../faults/lib/proc.js';
import { until } from '../faults/lib/until.js';
import { ask, endManager, startManager } from './lib/managers.js';
import { againIn1000, startClients } from './lib/mixed-clients.js';
import { nginxPlace } from './lib/nginx.js';
import { oneAfterTheOther } from './lib/rounds.js';
import { runAlone, target } from './lib/row.js';
import { spread, table } from './lib/stats.js';

/** Milliseconds that anything may take. */
const LONGEST = 20_000;
const WORKERS = 4;

async function fact(what, check) {
  const answer = await until(check, LONGEST);
  if (answer === undefined) throw new Error(`waited in vain for ${what}`);
  return answer;
}

/** nginx with a constant answer; `upgrade()` resolves when the old master has gone. */
async function startNginx() {
  const place = await nginxPlace();
  if (place === undefined) return undefined;
  const { port, pidFile } = place;
  writeFileSync(
    place.config,
    `worker_processes ${WORKERS}; ${place.main} events { worker_connections 512; }
http { access_log off; ${place.temporary} server { listen 127.0.0.1:${port}; location / { return 200 ok; } } }\n`,
  );
  const [program, ...line] = place.words;
  await new Promise((resolve, reject) => spawn(program, line, { stdio: 'ignore' }).once('error', reject).once('close', resolve));
  const pidIn = file => (existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0);
  const masters = () => [pidFile, `${pidFile}.oldbin`].map(pidIn).filter(pid => pid > 0 && alive(pid));
  const end = async () => {
    for (const pid of masters()) process.kill(pid, 'SIGTERM');
    await fact('nginx to end', () => masters().length === 0);
    place.remove();
  };
  try {
    await fact('nginx to answer', () => ask(port).catch(() => undefined));
  } catch (error) {
    await end();
    throw error;
  }
  return {
    port,
    async upgrade() {
      const began = performance.now();
      const [old] = masters();
      if (old === undefined) throw new Error('nginx has gone');
      process.kill(old, 'SIGUSR2');
      await fact('the new master of nginx', () => existsSync(`${pidFile}.oldbin`) && pidIn(pidFile) !== old && pidIn(pidFile));
      process.kill(old, 'SIGQUIT');
      await fact('the old master of nginx to end', () => !alive(old));
      return { code: 0, took: performance.now() - began };
    },
    end,
  };
}

async function startBrood(settings) {
  const manager = await startManager('brood', settings, { workers: WORKERS });
  return {
    port: manager.port,
    async upgrade() {
      const old = await manager.master();
      const done = await manager.command('upgrade');
      await fact('the old master to end', () => !alive(old));
      return done;
    },
    end: () => endManager(manager),
  };
}

/** Upgrades one after the other under load; what came of the requests, by kind. */
async function upgrades(subject, count, kinds) {
  const clients = startClients(subject.port, kinds);
  await sleep(1000);
  const done = await oneAfterTheOther(count, () => subject.upgrade());
  return { tallies: await clients.stop(), ...done };
}

function rowsOf(name, { tallies, took, codes }) {
  return Object.entries(tallies).map(([kind, { done, failed, again, codes: errors }], index) => [
    index === 0 ? name : '',
    kind,
    String(done),
    String(failed),
    String(again),
    [...errors].map(([code, times]) => `${code} ×${times}`).join(', '),
    index === 0 ? spread(took) : '',
    index === 0 ? [...new Set(codes)].join(', ') : '',
  ]);
}

async function measured(subject, count, kinds) {
  try {
    return await upgrades(subject, count, kinds);
  } finally {
    await subject.end();
  }
}

export const row = {
  name: 'upgrade',
  about:
    'Three upgrades of the master in turn, one script (server.js, 4 workers) unchanged, under the clients of the row "operations". nginx with a constant answer, by USR2 and QUIT, under those that it can answer.',
  async measure(settings) {
    const count = settings.quick ? 1 : 3;
    const brood = await measured(await startBrood(settings), count);
    const nginx = await startNginx();
    if (nginx === undefined) settings.problems.push('nginx: cannot be had here');
    const beside = nginx === undefined ? [] : rowsOf('nginx', await measured(nginx, count, ['keep-alive', 'new connections']));
    const failed = Object.values(brood.tallies).reduce((sum, tally) => sum + tally.failed, 0);
    return {
      tables: [table(['implementation', 'clients', 'answered', 'failed', 'sent again', 'errors', 'ms', 'exit code'], [...rowsOf('brood', brood), ...beside])],
      targets: [
        target('failed in upgrades, all kinds', failed, { most: 0 }),
        target('streams sent again, in 1,000', againIn1000(brood.tallies), { most: 5 }),
        target('exit code', Math.max(...brood.codes), { most: 0 }),
      ],
    };
  },
};

await runAlone(row, import.meta);

/** Another master takes the place of the one that runs, under load; the new one, and the old one, is killed in the middle of it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { alive } from '../lib/proc.js';
import { until } from '../lib/until.js';

const PID_FILE = 'master.pid';
const NEXT = `${PID_FILE}.2`;

async function underLoad(context) {
  const daemon = await context.daemon().start(['--pid-file', PID_FILE]);
  const loads = [await context.load(daemon, { connections: 20 }), await context.load(daemon, { connections: 20, keepAlive: false, pause: 1 })];
  return { daemon, loads };
}

async function counted(loads) {
  const counts = await Promise.all(loads.map(load => load.stop()));
  const total = key => counts.reduce((sum, one) => sum + one[key], 0);
  const errors = Object.assign({}, ...counts.map(one => one.errors));
  return { ok: total('ok'), failed: total('failed'), hung: total('hung'), errors };
}

async function upgrades(context) {
  const { daemon, loads } = await underLoad(context);
  const masters = [daemon.pid];
  const codes = [];
  for (let round = 0; round < (context.quick ? 1 : 3); round++) {
    codes.push((await daemon.brood(['upgrade'])).code);
    const old = masters.at(-1);
    await until(() => !alive(old), 15_000);
    await daemon.attach();
    masters.push(daemon.pid);
  }
  const { ok, failed, hung, errors } = await counted(loads);
  return {
    measured: { upgrades: codes.length, ok, failed, hung, errors: Object.keys(errors) },
    checks: {
      'each command succeeds': codes.every(code => code === 0),
      'each time another master': new Set(masters).size === masters.length,
      'the old ones have ended': masters.slice(0, -1).every(pid => !alive(pid)),
      '0 failed': failed === 0 && hung === 0 && ok > 500,
    },
  };
}

/** The pid of the master that is about to take over, once it is there. */
const nextOf = context => {
  const file = join(context.app, NEXT);
  return until(() => existsSync(file) && Number(readFileSync(file, 'utf8')), 20_000);
};

/** An upgrade under load in the middle of which `victimOf({ old, next })` is killed; with its exit code. */
async function killedMeanwhile(context, victimOf) {
  const { daemon, loads } = await underLoad(context);
  const old = daemon.pid;
  const before = (await daemon.status()).items.map(({ pid }) => pid);
  context.order('app', 'delay:1500');
  const upgrading = daemon.brood(['upgrade']);
  const next = await nextOf(context);
  process.kill(victimOf({ old, next }), 'SIGKILL');
  const { code } = await upgrading;
  context.order('app', '');
  return { daemon, loads, old, next, before, code };
}

async function newOneKilled(context) {
  const { daemon, loads, old, before, code } = await killedMeanwhile(context, ({ next }) => next);
  await daemon.attach();
  const after = (await daemon.status()).items.map(({ pid }) => pid);
  const again = (await daemon.brood(['upgrade'])).code;
  await until(() => !alive(old), 15_000);
  await daemon.attach();
  const { ok, failed, hung, errors } = await counted(loads);
  return {
    measured: { 'exit code': code, 'the next upgrade': again, ok, failed, hung, errors: Object.keys(errors) },
    checks: {
      'exit code 4': code === 4,
      'the same processes serve': before.join() === after.join(),
      'the next upgrade goes through': again === 0 && daemon.pid !== old,
      '0 failed': failed === 0 && hung === 0 && ok > 500,
    },
  };
}

async function oldOneKilled(context) {
  const { daemon, loads, next, code } = await killedMeanwhile(context, ({ old }) => old);
  const taken = await until(async () => {
    await daemon.attach().catch(() => {});
    return daemon.pid === next && (await daemon.ready()).length === 2;
  }, 20_000);
  const { ok, failed, hung, errors } = await counted(loads);
  return {
    measured: { 'exit code of the command': code, 'the new one has taken over': taken === true, ok, failed, hung, errors: Object.keys(errors) },
    checks: { 'the new one takes over': taken === true, 'nothing hangs': hung === 0, 'what is in flight is answered': failed === 0 && ok > 200 },
  };
}

export const rows = [
  {
    id: 'M25',
    title: 'three upgrades of the master under load (quick: one)',
    expected: '0 refused, 0 reset, 0 hung; the old master ends',
    quick: true,
    run: upgrades,
  },
  {
    id: 'M27',
    title: 'SIGKILL of the new master in the middle of an upgrade',
    expected: 'exit code 4; the old processes serve on, 0 failed; the next upgrade goes through',
    quick: false,
    run: newOneKilled,
  },
  {
    id: 'M28',
    title: 'SIGKILL of the old master in the middle of an upgrade',
    expected: 'what is in flight is answered, new connections wait; the new one takes over',
    quick: false,
    run: oldOneKilled,
  },
];

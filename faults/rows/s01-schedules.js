/** Schedules while workers and the agent are killed under load: no tick is lost, none runs twice. */
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { alive } from '../lib/proc.js';
import { until } from '../lib/until.js';

const INTERVAL = 100;

/** A schedule that notes each tick in `ticks`, after a moment in which its process can be killed. */
const SCHEDULE = `
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
const note = text => appendFileSync(process.env.FAULTS_DIR + '/ticks', text + '\\n');
export const schedule = { interval: ${INTERVAL}, overlap: 'queue', catchUp: 'all', redeliver: 9 };
export async function task({ tick }) {
  note('began ' + tick.getTime() + ' ' + process.pid);
  await sleep(20);
  note('ended ' + tick.getTime() + ' ' + process.pid);
}
`;

function ticksOf(context, word) {
  const lines = readFileSync(join(context.directory, 'ticks'), 'utf8').trim().split('\n');
  return lines.map(line => line.split(' ')).flatMap(([said, tick, pid]) => (said === word ? [{ tick: Number(tick), pid: Number(pid) }] : []));
}

async function underKills(context, kill) {
  mkdirSync(join(context.app, 'app', 'schedule'), { recursive: true });
  appendFileSync(join(context.app, 'app', 'schedule', 'noted.mjs'), SCHEDULE);
  appendFileSync(join(context.directory, 'ticks'), '');
  const master = await context.start();
  const load = await context.load(master, { connections: 4, pause: 5 });
  await until(() => ticksOf(context, 'ended').length >= 3, 5000);
  const killed = await kill(master);
  const from = ticksOf(context, 'ended').length;
  await until(() => ticksOf(context, 'ended').length >= from + 20, 20_000);
  const { ok, hung } = await load.stop();
  const ended = ticksOf(context, 'ended').map(({ tick }) => tick);
  const sorted = [...new Set(ended)].sort((a, b) => a - b);
  const lost = sorted.slice(1).reduce((sum, tick, index) => sum + (tick - sorted[index]) / INTERVAL - 1, 0);
  return {
    measured: {
      killed: killed.length,
      ticks: sorted.length,
      lost,
      twice: ended.length - sorted.length,
      'begun again': ticksOf(context, 'began').length - ended.length,
      ok,
    },
    checks: {
      'they are dead': !killed.some(alive),
      'no tick lost': lost === 0,
      'none ended twice': ended.length === sorted.length,
      'no client hangs': hung === 0,
    },
  };
}

/** Kills the worker that is in the middle of a run, three times. */
async function killRunning(context, master) {
  const killed = [];
  while (killed.length < 3) {
    const before = ticksOf(context, 'began').length;
    await until(() => ticksOf(context, 'began').length > before, 5000);
    const { pid } = ticksOf(context, 'began').at(-1);
    if (!alive(pid)) continue;
    process.kill(pid, 'SIGKILL');
    killed.push(pid);
    await master.readyAgain(2, { from: Date.now() });
  }
  return killed;
}

async function killAgents(master) {
  const killed = [];
  while (killed.length < 3) {
    const [{ pid }] = master.ready('agent');
    process.kill(pid, 'SIGKILL');
    killed.push(pid);
    await until(() => master.ready('agent').some(agent => agent.pid !== pid), 10_000);
  }
  return killed;
}

export const rows = [
  {
    id: 'S1',
    title: 'SIGKILL of the worker that runs a schedule, three times',
    expected: 'each run is taken over by another worker; no tick lost, none ended twice',
    quick: true,
    run: context => underKills(context, master => killRunning(context, master)),
  },
  {
    id: 'S2',
    title: 'SIGKILL of the agent, which has the clock, three times',
    expected: "what was due meanwhile is caught up (catchUp: 'all'); no tick lost, none ended twice",
    quick: true,
    run: context => underKills(context, killAgents),
  },
];

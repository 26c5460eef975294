/** The agent that crashes, hangs, is deaf, floods; workers serve on. */
import { peakRss, alive } from '../lib/proc.js';
import { sleep, until } from '../lib/until.js';

const MEGABYTE = 1024 * 1024;

async function crashesBeforeReady(context) {
  context.order('agent', 'exit:1');
  const master = context.launch();
  const failed = await master.wait('failed');
  const ended = await until(() => master.ended, 5000);
  return {
    measured: {
      code: failed?.error.code,
      'exit code': ended?.code,
      message: failed?.error.message,
      'agent boots': context.boots('agent').length,
      'app boots': context.boots('app').length,
    },
    checks: {
      'a coded error': failed?.error.code === 'BROOD_START_FAILED' && ended?.code === 4,
      'no worker forked': context.boots('app').length === 0,
      'tried again 3 times': context.boots('agent').length === 4,
    },
  };
}

/** `hurt` ends the agent; workers serve meanwhile, and mail waits for the next one. */
async function endsWhileReady(context, hurt) {
  const master = await context.start();
  const load = await context.load(master, { connections: 4, pause: 5 });
  const [agent] = master.ready('agent');
  const workers = master.ready().map(({ pid }) => pid);
  context.order('agent', 'delay:500');
  const at = Date.now();
  await hurt(master, agent);
  const death = await master.waitDeath(({ type }) => type === 'agent', 15_000);
  // While it is down: a message that has to wait for the next one.
  const sent = await context.json(master, '/agent?deed=detached');
  const again = await master.readyAgain(1, { type: 'agent', from: at });
  const next = await until(async () => {
    const { text } = await context.get(master, '/mail/ask?action=pid');
    return text !== undefined && Number(text) > 0 && Number(text) !== agent.pid ? Number(text) : undefined;
  }, 3000);
  const { ok, failed, hung } = await load.stop();
  const same = workers.every(pid => master.ready().some(one => one.pid === pid));
  return {
    death,
    measured: {
      reason: death?.reason,
      code: death?.code,
      signal: death?.signal,
      'ended after ms': death && death.at - at,
      'agent ready again after ms': again && again - at,
      'sent while it was down': sent,
      ok,
      failed,
      hung,
    },
    checks: {
      'a death record': death !== undefined,
      'a new agent serves': next !== undefined && next === master.ready('agent')[0]?.pid,
      'the same workers serve on': same && failed === 0 && hung === 0,
      'a message to it was not lost': sent.delivered === 1,
    },
  };
}

async function deafAgent(context) {
  const master = await context.start({ drainTimeout: 1000, killTimeout: 1000 });
  const [agent] = master.ready('agent');
  await context.json(master, '/agent?deed=deaf');
  await sleep(200);
  const at = Date.now();
  master.signal('SIGTERM');
  const ended = await until(() => master.ended, 10_000);
  const warned = master.all('log').some(({ message }) => /agent .*had to be killed/.test(message));
  return {
    measured: { 'master ended after ms': ended && ended.at - at, 'exit code': ended?.code, warned },
    checks: {
      'killed after drain and kill limit': ended !== undefined && ended.at - at < 4000,
      'verified dead': !alive(agent.pid),
      reported: warned,
      'exit code 0': ended?.code === 0,
    },
  };
}

async function earlyMail(context) {
  context.write('agent-early', '500');
  context.order('app', 'delay:300');
  const master = await context.start();
  const heard = new Map();
  await until(async () => {
    const { pid, early } = await context.json(master, '/heard');
    heard.set(pid, early);
    return heard.size === 2 && [...heard.values()].every(({ length }) => length >= 500);
  }, 5000);
  const lists = [...heard.values()];
  return {
    measured: { heard: lists.map(({ length }) => length) },
    checks: {
      'every worker has all of them': lists.length === 2 && lists.every(({ length }) => length === 500),
      'in order': lists.every(list => list.every((number, index) => number === index)),
    },
  };
}

async function flood(context) {
  const count = context.quick ? 200_000 : 1_000_000;
  const master = await context.start();
  const [agent] = master.ready('agent');
  const before = peakRss(master.pid);
  const agentBefore = peakRss(agent.pid);
  const began = Date.now();
  const counters = await context.json(master, `/mail/flood?count=${count}`, { timeout: 100_000 });
  const took = Date.now() - began;
  const heard = new Map();
  await until(async () => {
    const { pid, counted } = await context.json(master, '/heard');
    heard.set(pid, counted);
    return heard.size === 2 && [...heard.values()].every(number => number >= count);
  }, 20_000);
  const growth = Math.round((peakRss(master.pid) - before) / MEGABYTE);
  const agentGrowth = Math.round((peakRss(agent.pid) - agentBefore) / MEGABYTE);
  return {
    measured: { heard: [...heard.values()], 'master MiB': growth, 'agent MiB': agentGrowth, 'took ms': took, dropped: counters.dropped },
    checks: {
      'all delivered to both': heard.size === 2 && [...heard.values()].every(number => number === count),
      'master +64 MiB at most': growth <= 64,
      'agent within its two queues of 64 MiB': agentGrowth <= 256,
    },
  };
}

async function throwsInHandler(context) {
  const master = await context.start();
  const [agent] = master.ready('agent');
  await master.command('send', agent.pid, 'throw-here');
  const logged = await until(() => master.output.includes('thrown in a message handler'), 3000);
  const { text } = await context.get(master, '/mail/ask?action=pid');
  return {
    measured: { logged: logged === true, deaths: master.deaths().length },
    checks: { 'logged with its stack': logged === true, 'lives on': Number(text) === agent.pid && master.deaths().length === 0 },
  };
}

export const rows = [
  {
    id: 'A1',
    title: 'the agent exits before it is ready',
    expected: 'tried again 3 times, no worker forked, BROOD_START_FAILED (CLI exit 4)',
    quick: true,
    run: crashesBeforeReady,
  },
  {
    id: 'A2',
    title: 'the agent is killed while it is ready',
    expected: 'workers serve on; a new agent; a message sent meanwhile reaches it',
    quick: true,
    run: context => endsWhileReady(context, (_master, agent) => process.kill(agent.pid, 'SIGKILL')),
  },
  {
    id: 'A3',
    title: 'SIGSTOP of the agent (hangTimeout 9 s)',
    expected: 'killed within 10 s and started again; workers serve on',
    quick: false,
    async run(context) {
      const outcome = await endsWhileReady(context, (_master, agent) => process.kill(agent.pid, 'SIGSTOP'));
      return {
        ...outcome,
        checks: { ...outcome.checks, 'killed as a hang within 10 s': outcome.death?.reason === 'hang' && outcome.measured['ended after ms'] <= 10_200 },
      };
    },
  },
  {
    id: 'A4',
    title: 'the agent hears neither SIGTERM nor messages',
    expected: 'SIGKILL after drainTimeout + killTimeout, verified dead, reported',
    quick: true,
    run: deafAgent,
  },
  {
    id: 'A5',
    title: 'process.exit(0) of the agent',
    expected: 'recorded and started again; workers serve on',
    quick: true,
    run: context => endsWhileReady(context, master => context.json(master, '/agent?deed=exit')),
  },
  { id: 'A6', title: 'the agent sends to the workers before there are any', expected: 'all delivered to every worker, in order', quick: true, run: earlyMail },
  {
    id: 'A7',
    title: 'the agent floods the workers (1,000,000 messages; quick: 200,000)',
    expected: 'all delivered; master +64 MiB at most; agent: two queues of 64 MiB',
    quick: true,
    run: flood,
  },
  { id: 'A8', title: 'the agent throws in a message handler', expected: 'logged with its stack, lives on', quick: true, run: throwsInHandler },
];

/** A flood of 1,000,000 messages of 100 B in one loop: all delivered, and how much memory it takes where. */
import { startTraffic } from './lib/control.js';
import { now, sleep } from './lib/facts.js';
import { peakOf, resetPeak } from './lib/process-tree.js';
import { inTurn } from './lib/rounds.js';
import { runAlone, target } from './lib/row.js';
import { figure, median, table } from './lib/stats.js';

/** brood's promise is awaited after each thousandth message: its way to be told to wait. egg's messenger has none. */
const AWAIT_EVERY = { egg: 0, brood: 1000, 'brood (not awaited)': 0 };
const BOUND = 180_000;

async function delivered(receiver, count) {
  const deadline = now() + BOUND;
  let received = 0;
  while (received < count && now() < deadline) {
    await sleep(100);
    received = (await receiver.order('count', undefined, BOUND)).received;
  }
  return received;
}

async function floodOnce(name, count, settings) {
  const traffic = await startTraffic(name.split(' ')[0], settings, { workers: 2 });
  try {
    const { subject, agent, workers } = traffic;
    const processes = { master: subject.pid, sender: workers[0].pid, receiver: agent.pid };
    const before = Object.fromEntries(Object.entries(processes).map(([role, pid]) => [role, resetPeak(pid)]));
    const began = now();
    const sending = workers[0].order('flood', { to: 'agent', bytes: 100, count, awaitEvery: AWAIT_EVERY[name] }, BOUND);
    const received = await delivered(agent, count);
    const seconds = (now() - began) / 1000;
    const { loopMs } = await sending;
    const growth = Object.fromEntries(Object.entries(processes).map(([role, pid]) => [role, peakOf(pid) - before[role]]));
    return { delivered: (received / count) * 100, rate: received / seconds, loopMs, ...growth };
  } finally {
    await traffic.stop();
  }
}

export const row = {
  name: 'flood',
  about:
    'Messages of 100 B, worker → agent, in one loop without a window. Peak growth of resident memory in MiB. brood awaits the promise of each 1000th message, its back-pressure; egg has nothing to await.',
  async measure(settings) {
    const count = settings.quick ? 50_000 : 1_000_000;
    const samples = await inTurn(Object.keys(AWAIT_EVERY), settings, name => floodOnce(name, count, settings), { warmup: false });
    const what = ['delivered', 'rate', 'loopMs', 'sender', 'master', 'receiver'];
    const rows = [...samples].map(([name, list]) => [name].concat(what.map(key => figure(median(list.map(sample => sample[key]))))));
    const ours = samples.get('brood') ?? [];
    const grown = ours.map(sample => Math.max(sample.sender, sample.master, sample.receiver));
    const targets = [
      target('delivered', ours.length > 0 ? Math.min(...ours.map(sample => sample.delivered)) : NaN, { least: 100, unit: ' %' }),
      target('most growth of any process', median(grown), { most: 128, unit: ' MiB' }),
    ];
    const head = ['implementation', 'delivered %', 'messages/s', 'loop ms', 'sender +MiB', 'master +MiB', 'receiver +MiB'];
    return { tables: [`${count.toLocaleString('en-US')} messages.`, table(head, rows)], targets };
  },
};

await runAlone(row, import.meta);

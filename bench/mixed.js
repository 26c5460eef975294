/** Small messages between two workers while a third sends the agent 1 MB ten times a second: what the small ones wait. */
import { startTraffic } from './lib/control.js';
import { inTurn, startAll, stopAll } from './lib/rounds.js';
import { ratio, runAlone, target } from './lib/row.js';
import { figure, medians, table } from './lib/stats.js';

async function beside({ workers: [sender, receiver, other] }, settings) {
  const milliseconds = settings.quick ? 1000 : 3000;
  await receiver.order('reset');
  await Promise.all([
    sender.order('pace', { to: receiver.pid, bytes: 100, every: 1, count: milliseconds }),
    other.order('pace', { to: 'agent', bytes: 1_000_000, every: 100, count: milliseconds / 100 }),
  ]);
  const { p50, p99, max, count } = await receiver.order('latencies');
  if (count === 0) throw new Error('nothing arrived');
  return { p50, p99, max };
}

export const row = {
  name: 'mixed',
  about: 'Worker 1 → worker 2, 100 B each millisecond, while worker 3 sends the agent 1 MB each 100 ms; milliseconds one way of the small ones.',
  async measure(settings) {
    const traffics = await startAll(['egg', 'brood'], settings, name => startTraffic(name, settings, { workers: 3 }));
    try {
      const samples = await inTurn(traffics, settings, (_name, traffic) => beside(traffic, settings));
      const found = Object.fromEntries([...samples].filter(([, list]) => list.length > 0).map(([name, list]) => [name, medians(list)]));
      const rows = Object.entries(found).map(([name, m]) => [name, figure(m.p50), figure(m.p99), figure(ratio(m.p99, found.egg?.p99)), figure(m.max)]);
      const targets = [target('p99 ÷ egg-cluster', ratio(found.brood?.p99, found.egg?.p99), { most: 0.15 })];
      return { tables: [table(['implementation', 'p50 ms', 'p99 ms', 'p99 × egg', 'max ms'], rows)], targets };
    } finally {
      await stopAll(traffics);
    }
  },
};

await runAlone(row, import.meta);

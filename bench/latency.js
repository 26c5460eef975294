/** Latency of one message a millisecond, one way. */
import { startTraffic } from './lib/control.js';
import { inTurn, startAll, stopAll } from './lib/rounds.js';
import { ratio, runAlone, target } from './lib/row.js';
import { figure, medians, table } from './lib/stats.js';
import { paths } from './lib/streaming.js';

async function paced(traffic, path, settings) {
  const { sender, receivers, to } = paths[path](traffic);
  await receivers[0].order('reset');
  await sender.order('pace', { to, bytes: 100, every: 1, count: settings.quick ? 500 : 2000 });
  const { p50, p99, count } = await receivers[0].order('latencies');
  if (count === 0) throw new Error('nothing arrived');
  return { p50, p99 };
}

export const row = {
  name: 'latency',
  about: 'One message of 100 B a millisecond, milliseconds from sending to receiving.',
  async measure(settings) {
    const traffics = await startAll(['egg', 'brood'], settings, name => startTraffic(name, settings, { workers: 2 }));
    const rows = [];
    const targets = [];
    try {
      for (const path of ['worker→agent', 'worker→worker']) {
        const samples = await inTurn(traffics, settings, (_name, traffic) => paced(traffic, path, settings));
        const found = Object.fromEntries([...samples].filter(([, list]) => list.length > 0).map(([name, list]) => [name, medians(list)]));
        for (const [name, m] of Object.entries(found)) rows.push([path, name, figure(m.p50), figure(ratio(m.p50, found.egg?.p50)), figure(m.p99)]);
        targets.push(target(`p50 ${path} ÷ egg-cluster`, ratio(found.brood?.p50, found.egg?.p50), { most: 0.6 }));
      }
    } finally {
      await stopAll(traffics);
    }
    return { tables: [table(['path', 'implementation', 'p50 ms', '× egg', 'p99 ms'], rows)], targets };
  },
};

await runAlone(row, import.meta);

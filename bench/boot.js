/** Boot: from the spawn of the master to the last worker that listens, 2 and 8 workers. */
import { inTurn } from './lib/rounds.js';
import { ratio, runAlone, target } from './lib/row.js';
import { figure, median, spread, table } from './lib/stats.js';
import { startSubject } from './lib/subject.js';

async function bootOnce(name, workers, settings) {
  const subject = await startSubject(name, settings, { workers });
  try {
    const cpu = subject.cpuSeconds.all * 1000;
    const answer = await fetch(subject.url);
    if ((await answer.text()) !== 'hello') throw new Error('listens, but does not answer');
    return { all: subject.bootedAt - subject.startedAt, cpu };
  } finally {
    await subject.stop();
  }
}

export const row = {
  name: 'boot',
  about:
    'Milliseconds from the spawn of the master to the last worker that listens. egg-cluster and brood with an agent, the others have none; pm2 with its daemon started cold. CPU: of the whole tree until then.',
  async measure(settings) {
    const rows = [];
    const targets = [];
    for (const workers of [2, 8]) {
      const samples = await inTurn(['raw-rr', 'raw-none', 'egg', 'pm2', 'brood', 'brood-no-agent'], settings, name => bootOnce(name, workers, settings));
      const list = (name, what = 'all') => samples.get(name)?.map(sample => sample[what]) ?? [];
      const all = name => median(list(name));
      for (const name of samples.keys()) rows.push([workers, name, spread(list(name)), figure(all(name) / all('raw-rr')), figure(median(list(name, 'cpu')))]);
      targets.push(target(`${workers} workers and agent ÷ egg-cluster`, ratio(all('brood'), all('egg')), { most: 0.55 }));
      targets.push(target(`${workers} workers and agent ÷ raw round-robin cluster without an agent`, ratio(all('brood'), all('raw-rr')), { most: 1.35 }));
    }
    return { tables: [table(['workers', 'implementation', 'all listen, ms', '× raw-rr', 'cpu ms'], rows)], targets };
  },
};

await runAlone(row, import.meta);

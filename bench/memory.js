/** Memory of the master and of all processes, 2 workers, and what the master does while nothing happens. */
import { sleep } from './lib/facts.js';
import { load } from './lib/load.js';
import { memoryOf, treeOf } from './lib/process-tree.js';
import { inTurn } from './lib/rounds.js';
import { ratio, runAlone, target } from './lib/row.js';
import { figure, medians, table } from './lib/stats.js';
import { startSubject } from './lib/subject.js';

async function weigh(name, settings) {
  // Alone at a time: PSS divides what is shared by the number of those who share it.
  const subject = await startSubject(name, settings, { workers: 2 });
  try {
    await load({ settings, url: subject.url, connections: 8, seconds: 1 });
    await sleep(settings.quick ? 300 : 1500);
    const idleFrom = subject.cpuSeconds.master;
    const idleSeconds = settings.quick ? 0.5 : 3;
    await sleep(idleSeconds * 1000);
    const idle = ((subject.cpuSeconds.master - idleFrom) * 1000) / idleSeconds;
    const members = treeOf(subject.pid);
    const all = members.map(member => memoryOf(member.pid));
    const sum = what => all.reduce((total, memory) => total + memory[what], 0);
    const { pss, uss, rss } = all[0];
    return { processes: members.length, pss, uss, rss, allPss: sum('pss'), allUss: sum('uss'), idle };
  } finally {
    await subject.stop();
  }
}

export const row = {
  name: 'memory',
  about:
    'MiB after a second of requests, 2 workers, one implementation at a time. PSS: shared pages divided among those who share them; USS: private pages. egg-cluster and brood with an agent.',
  async measure(settings) {
    const samples = await inTurn(['raw-rr', 'egg', 'pm2', 'brood', 'brood-no-agent'], settings, name => weigh(name, settings), { warmup: false });
    const found = Object.fromEntries([...samples].filter(([, list]) => list.length > 0).map(([name, list]) => [name, medians(list)]));
    const what = ['pss', 'uss', 'rss', 'processes', 'allPss', 'allUss', 'idle'];
    const rows = Object.entries(found).map(([name, m]) => [name].concat(what.map(key => figure(m[key]))));
    const head = ['implementation', 'master PSS', 'master USS', 'master RSS', 'processes', 'all PSS', 'all USS', 'idle CPU of the master, ms/s'];
    const ours = found.brood?.pss;
    const targets = [
      target("master's PSS ÷ egg-cluster's", ratio(ours, found.egg?.pss), { most: 0.85 }),
      target("master's PSS ÷ pm2's", ratio(ours, found.pm2?.pss), { most: 0.85 }),
    ];
    return { tables: [table(head, rows)], targets };
  },
};

await runAlone(row, import.meta);

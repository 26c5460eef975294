/** The two HTTP rows: CPU of the server per 100,000 requests under closed-loop load, server and client each on a core of its own. */
import { load } from './load.js';
import { inTurn, startAll, stopAll } from './rounds.js';
import { figure, medians, table } from './stats.js';
import { startSubject } from './subject.js';

/** Two single servers beside each other, each with half of the connections: node:http per process, without any cluster. */
async function startPair(settings) {
  const pair = [
    await startSubject('raw-http', settings, { workers: 1, cpu: settings.serverCpu }),
    await startSubject('raw-http', settings, { workers: 1, cpu: settings.serverCpu }),
  ];
  return { parts: pair, stop: () => Promise.all(pair.map(subject => subject.stop())) };
}

async function startOne(name, settings) {
  if (name === 'raw-http ×2') return startPair(settings);
  const subject = await startSubject(name, settings, { workers: 2, cpu: settings.serverCpu });
  return { parts: [subject], stop: () => subject.stop() };
}

const cpu = parts => parts.map(part => part.cpuSeconds).reduce((sum, each) => ({ master: sum.master + each.master, all: sum.all + each.all }));

async function once(parts, settings, short) {
  const before = cpu(parts);
  const loads = await Promise.all(parts.map(part => load({ settings, url: part.url, connections: 64 / parts.length, short })));
  const after = cpu(parts);
  const requests = loads.reduce((sum, each) => sum + each.requests, 0);
  const per100k = seconds => (seconds / requests) * 100_000;
  return {
    rate: requests / loads[0].seconds,
    cpu: per100k(after.all - before.all),
    master: per100k(after.master - before.master),
    p99: Math.max(...loads.map(each => each.p99)),
    errors: loads.reduce((sum, each) => sum + each.errors, 0),
  };
}

/** Measures `names`; `{ median, table }` with a median sample per implementation. */
export async function measureHttp(names, settings, { short }) {
  const subjects = await startAll(names, settings, name => startOne(name, settings));
  try {
    const samples = await inTurn(subjects, settings, (_name, subject) => once(subject.parts, settings, short));
    const median = Object.fromEntries([...samples].filter(([, list]) => list.length > 0).map(([name, list]) => [name, medians(list)]));
    const single = name => name.startsWith('raw-http');
    const rows = Object.entries(median).map(([name, m]) => {
      return [
        name,
        figure(m.rate),
        figure(m.cpu),
        figure(m.cpu / median['raw-none']?.cpu),
        single(name) ? '–' : figure(m.master),
        figure(m.p99),
        figure(m.errors),
      ];
    });
    const head = ['implementation', 'requests/s', 'cpu s/100k', '× raw-none', 'master cpu s/100k', 'p99 ms', 'errors'];
    return { median, table: table(head, rows) };
  } finally {
    await stopAll(subjects);
  }
}

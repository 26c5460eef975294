/** How evenly 64 keep-alive connections fall on 4, 8 and 16 workers: the busiest worker's over the mean. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { inTurn, startAll, stopAll } from './lib/rounds.js';
import { runAlone, target } from './lib/row.js';
import { median, spread, table } from './lib/stats.js';
import { startSubject } from './lib/subject.js';

const program = fileURLToPath(new URL('./lib/evenness-process.js', import.meta.url));

async function spreadOver(subject, workers, settings) {
  const plan = { port: subject.port, connections: 64, milliseconds: settings.quick ? 500 : 1500 };
  const child = fork(program, { env: { ...process.env, BENCH_CLIENT: JSON.stringify(plan) } });
  const [{ open, requests }] = await once(child, 'message');
  const unevenness = counts => {
    const values = Object.values(counts);
    return (Math.max(...values) * workers) / values.reduce((sum, count) => sum + count, 0);
  };
  return { connections: unevenness(open), requests: unevenness(requests), idle: workers - Object.keys(open).length };
}

async function over(workers, settings) {
  const names = ['raw-none', 'raw-rr', 'egg', 'brood'];
  const subjects = await startAll(names, settings, name => startSubject(name, settings, { workers, env: { BENCH_BODY: 'pid' } }));
  try {
    return await inTurn(subjects, settings, (_name, subject) => spreadOver(subject, workers, settings));
  } finally {
    await stopAll(subjects);
  }
}

export const row = {
  name: 'evenness',
  about: '64 keep-alive connections opened at once and kept busy; busiest worker ÷ mean, by connections and by requests answered; median [range].',
  async measure(settings) {
    const rows = [];
    const targets = [];
    for (const workers of [4, 8, 16]) {
      const samples = await over(workers, settings);
      const list = (name, what) => samples.get(name)?.map(sample => sample[what]) ?? [];
      for (const name of samples.keys()) rows.push([workers, name, ...['connections', 'requests', 'idle'].map(what => spread(list(name, what)))]);
      targets.push(target(`busiest ÷ mean, 64 connections over ${workers} workers`, median(list('brood', 'connections')), { most: 1.25 }));
    }
    return { tables: [table(['workers', 'implementation', 'connections: busiest ÷ mean', 'requests: busiest ÷ mean', 'workers without any'], rows)], targets };
  },
};

await runAlone(row, import.meta);

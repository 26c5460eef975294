/** Rolling reload under load: failed requests, and p99 beside that of the steady state. */
import { startClient } from './lib/client.js';
import { sleep } from './lib/facts.js';
import { inTurn, startAll, stopAll } from './lib/rounds.js';
import { runAlone, target } from './lib/row.js';
import { figure, median, spread, table } from './lib/stats.js';
import { startSubject } from './lib/subject.js';

async function reloadOnce(subject, settings, short) {
  const client = startClient({ port: subject.port, short });
  await sleep(500);
  await client.phase('steady');
  await sleep(settings.quick ? 500 : 2000);
  await client.phase('reload');
  const took = await subject.reload();
  await sleep(500);
  const { steady, reload } = await client.stop();
  return { ...took, failed: steady.failed + reload.failed, steady: steady.p99, p99: reload.p99, max: reload.max, codes: reload.codes };
}

async function over(workers, short, settings) {
  const names = ['raw-rr', 'egg-local', 'pm2', 'brood'];
  const subjects = await startAll(names, settings, name => startSubject(name, settings, { workers }));
  try {
    return await inTurn(subjects, settings, (_name, subject) => reloadOnce(subject, settings, short), { warmup: false });
  } finally {
    await stopAll(subjects);
  }
}

export const row = {
  name: 'reload',
  about:
    'Rolling reload of all workers under 500 requests/s (open loop, 32 keep-alive connections or one per request): failed requests of a round, p99 during the reload beside that before it. egg-cluster by its development reload, it has no other.',
  async measure(settings) {
    const rows = [];
    const targets = [];
    for (const workers of [2, 4]) {
      for (const short of [false, true]) {
        const samples = await over(workers, short, settings);
        const connections = short ? 'one per request' : 'keep-alive';
        for (const [name, list] of samples) {
          const of = what => list.map(sample => sample[what]);
          const codes = [...new Set(of('codes').filter(text => text !== ''))].slice(0, 2).join('; ');
          const times = [
            spread(of('listening')),
            spread(of('gone')),
            spread(of('failed')),
            figure(median(of('steady'))),
            figure(median(of('p99'))),
            figure(median(of('max'))),
          ];
          rows.push([workers, connections, name, ...times, codes]);
        }
        const ours = samples.get('brood') ?? [];
        const failed = ours.length > 0 ? ours.reduce((sum, sample) => sum + sample.failed, 0) : NaN;
        targets.push(target(`failed in all rounds, ${workers} workers, ${connections}`, failed, { most: 0 }));
        targets.push(target(`p99 ÷ steady state, ${workers} workers, ${connections}`, median(ours.map(sample => sample.p99 / sample.steady)), { most: 2 }));
      }
    }
    return {
      tables: [
        table(['workers', 'connections', 'implementation', 'all new listen, ms', 'old gone, ms', 'failed', 'steady p99 ms', 'p99 ms', 'max ms', 'codes'], rows),
      ],
      targets,
    };
  },
};

await runAlone(row, import.meta);

/** SIGKILL of a worker under load: time until the full number of workers listens again, and what the clients lost. */
import { startClient } from './lib/client.js';
import { now, sleep } from './lib/facts.js';
import { inTurn, startAll, stopAll } from './lib/rounds.js';
import { ratio, runAlone, target } from './lib/row.js';
import { figure, median, spread, table } from './lib/stats.js';
import { startSubject } from './lib/subject.js';

/** A kill while no spare is parked would measure a boot. */
async function spareParked(subject) {
  const deadline = now() + 15_000;
  while ((await subject.instances()).filter(instance => instance.state === 'spare').length < subject.how.spare) {
    if (now() > deadline) throw new Error('no spare was parked');
    await sleep(50);
  }
}

async function killOne(subject, settings, short) {
  if (subject.how.spare > 0) await spareParked(subject);
  const client = startClient({ port: subject.port, short });
  await sleep(settings.quick ? 500 : 1000);
  await client.phase('kill');
  const victim = subject.workerPids.at(0);
  const since = now();
  process.kill(victim, 'SIGKILL');
  const [fresh] = await subject.facts.events('listening', 1, { since, timeout: 20_000 });
  await sleep(500);
  const { kill } = await client.stop();
  return { full: fresh.at - since, failed: kill.failed, p99: kill.p99, codes: kill.codes };
}

export const row = {
  name: 'recovery',
  about:
    'SIGKILL of one of 2 workers under 500 requests/s (open loop): milliseconds until 2 listen again; failed requests of the round (what was in flight on the victim is lost in any design).',
  async measure(settings) {
    const rows = [];
    const full = {};
    for (const short of [false, true]) {
      const subjects = await startAll(['raw-rr', 'raw-none', 'egg', 'pm2', 'brood', 'brood-spare'], settings, name =>
        startSubject(name, settings, { workers: 2 }),
      );
      try {
        const samples = await inTurn(subjects, settings, (_name, subject) => killOne(subject, settings, short), { warmup: false });
        for (const [name, list] of samples) {
          const of = what => list.map(sample => sample[what]);
          if (!short) full[name] = median(of('full'));
          const codes = [...new Set(of('codes').filter(text => text !== ''))].slice(0, 2).join('; ');
          rows.push([short ? 'one per request' : 'keep-alive', name, spread(of('full')), spread(of('failed')), figure(median(of('p99'))), codes]);
        }
      } finally {
        await stopAll(subjects);
      }
    }
    const targets = [
      target('back to full count ÷ raw fork-on-exit (keep-alive)', ratio(full.brood, full['raw-rr']), { most: 1.1 }),
      target('back to full count with spare: 1 (keep-alive)', full['brood-spare'], { most: 40, unit: ' ms' }),
    ];
    return { tables: [table(['connections', 'implementation', 'full count, ms', 'failed', 'p99 ms', 'codes'], rows)], targets };
  },
};

await runAlone(row, import.meta);

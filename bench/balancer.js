/** The built-in balancer beside nginx as a proxy, over 4 plain instances; and what it loses while instances are killed, replaced, and change in number. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startInstance, startNginx, startRouter } from './lib/balanced.js';
import { startClient } from './lib/client.js';
import { load } from './lib/load.js';
import { inTurn, startAll } from './lib/rounds.js';
import { ratio, runAlone, target } from './lib/row.js';
import { figure, medians, table } from './lib/stats.js';

const INSTANCES = 4;

/** As shares of the mean: 1 is even. */
function unevenness(counts) {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return mean === 0 ? NaN : Math.max(...counts.map(count => Math.abs(count / mean - 1)));
}

const countsOf = instances => Promise.all(instances.map(instance => instance.count()));

async function once(subject, instances, settings, short) {
  const before = await countsOf(instances);
  const cpu = subject.cpu();
  const got = await load({ settings, url: subject.url, connections: 64, short });
  const used = subject.cpu() - cpu;
  const after = await countsOf(instances);
  const counts = after.map((count, at) => count - before[at]);
  return {
    rate: got.requests / got.seconds,
    cpu: (used / got.requests) * 100_000,
    p99: got.p99,
    errors: got.errors,
    uneven: unevenness(counts) * 100,
  };
}

async function speed(settings) {
  const instances = [];
  for (let at = 0; at < INSTANCES; at++) instances.push(await startInstance(settings.clientCpu));
  const start = {
    direct: () => ({ url: `http://127.0.0.1:${instances[0].port}/`, cpu: () => 0, end: () => {} }),
    nginx: () =>
      startNginx(
        settings.serverCpu,
        instances.map(({ port }) => port),
      ),
    brood: async () => {
      const router = await startRouter(settings.serverCpu);
      router.tell(instances.map(instance => instance.backend('ready')));
      return router;
    },
  };
  const subjects = await startAll(Object.keys(start), settings, name => start[name]());
  if (subjects.get('nginx') === undefined) {
    subjects.delete('nginx');
    settings.problems.push('nginx: cannot be had here');
  }
  try {
    const tables = {};
    for (const short of [false, true]) {
      const samples = await inTurn(subjects, settings, (_name, subject) => once(subject, instances, settings, short));
      tables[short ? 'short' : 'kept'] = Object.fromEntries([...samples].filter(([, list]) => list.length > 0).map(([name, list]) => [name, medians(list)]));
    }
    return tables;
  } finally {
    for (const subject of subjects.values()) subject.end();
    await Promise.all(instances.map(instance => instance.end('SIGKILL')));
  }
}

/** Instances behind a router that is told of them as the master tells it. */
class Behind {
  constructor(router) {
    this.router = router;
    this.all = [];
    this.leaving = new Set();
  }

  tell() {
    this.router.tell(this.all.map(instance => instance.backend(this.leaving.has(instance) ? 'draining' : 'ready')));
  }

  async add() {
    const instance = await startInstance();
    this.all.push(instance);
    this.tell();
  }

  forget(instance) {
    this.all = this.all.filter(one => one !== instance);
    this.tell();
  }

  /** Nobody has told the router when it happens; a replacement listens a moment later. */
  async killOne() {
    const [instance] = this.all;
    await instance.end('SIGKILL');
    this.forget(instance);
    await this.add();
  }

  async scale(count) {
    while (this.all.length < count) await this.add();
    const surplus = this.all.slice(count);
    for (const instance of surplus) this.leaving.add(instance);
    this.tell();
    await Promise.all(surplus.map(instance => instance.end('SIGTERM').then(() => this.forget(instance))));
  }
}

async function changes(settings, short) {
  const router = await startRouter();
  const behind = new Behind(router);
  try {
    await behind.scale(2);
    const client = startClient({ port: router.port, rate: 500, connections: 32, short });
    await sleep(1000);
    await client.phase('killed and replaced');
    for (let round = 0; round < (settings.quick ? 1 : 5); round++) {
      await behind.killOne();
      await sleep(300);
    }
    await client.phase('scaled 1 → 4 → 2');
    for (const count of [1, 4, 2]) {
      await behind.scale(count);
      await sleep(700);
    }
    await client.phase('afterwards');
    await sleep(300);
    return await client.stop();
  } finally {
    router.end();
    await Promise.all(behind.all.map(instance => instance.end('SIGKILL')));
  }
}

const HEAD = ['connections', 'implementation', 'requests/s', 'cpu s/100k', '× nginx', 'p99 ms', 'uneven by %', 'errors'];
const KINDS = { kept: 'keep-alive', short: 'one per request' };

export const row = {
  name: 'balancer',
  about: `Requests over ${INSTANCES} plain instances of node:http, 64 connections, closed loop; the balancer on one core, client and instances on the other. nginx: one worker, least_conn, connections to instances kept, no buffering, the same X-Forwarded headers. "uneven": the instance farthest from the mean. Then 500 GETs a second on 32 connections while instances are killed and replaced, and while their number changes.`,
  async measure(settings) {
    const figures = await speed(settings);
    const rows = Object.entries(figures).flatMap(([kind, medianOf]) =>
      Object.entries(medianOf).map(([name, m]) => [
        KINDS[kind],
        name,
        figure(m.rate),
        name === 'direct' ? '–' : figure(m.cpu),
        name === 'direct' ? '–' : figure(ratio(m.cpu, medianOf.nginx?.cpu)),
        figure(m.p99),
        name === 'direct' ? '–' : figure(m.uneven),
        figure(m.errors),
      ]),
    );
    const lost = [];
    for (const short of [false, true])
      for (const [phase, { ok, failed, codes, p50, p99, max }] of Object.entries(await changes(settings, short)))
        lost.push({ failed, cells: [KINDS[short ? 'short' : 'kept'], phase, String(ok), String(failed), codes, figure(p50), figure(p99), figure(max)] });
    return {
      tables: [
        table(HEAD, rows),
        table(
          ['connections', 'phase', 'answered', 'failed', 'errors', 'p50 ms', 'p99 ms', 'max ms'],
          lost.map(({ cells }) => cells),
        ),
      ],
      targets: [
        target('uneven, keep-alive', figures.kept.brood?.uneven, { most: 5, unit: ' %' }),
        target('uneven, one per request', figures.short.brood?.uneven, { most: 5, unit: ' %' }),
        target(
          'failed in all changes',
          lost.reduce((sum, { failed }) => sum + failed, 0),
          { most: 0 },
        ),
      ],
    };
  },
};

await runAlone(row, import.meta);

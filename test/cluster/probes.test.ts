/** Probes of real workers that share one port: each is asked for itself. */
import assert from 'node:assert/strict';
import http from 'node:http';
import type { Probe, ProbeCheck, Probes } from '../../lib/care.ts';
import { launch } from '../../lib/cluster/launch.ts';
import type { Running } from '../../lib/cluster/launch.ts';
import { settle } from '../../lib/cluster/options.ts';
import type { ClusterOptions } from '../../lib/cluster/option-table.ts';
import type { Death, Instance } from '../../lib/model.ts';
import { assertGone } from '../helpers/left.ts';
import { brief, get } from '../helpers/orders.ts';
import { fixture } from '../helpers/paths.ts';
import { until } from '../helpers/until.ts';

const probe = (check: ProbeCheck): Probe => ({ check, initialDelay: 0, period: 100, timeout: 2000, successThreshold: 1, failureThreshold: 2 });
const message = probe({ kind: 'message' });
const healthz = probe({ kind: 'http', path: '/healthz', host: '127.0.0.1', scheme: 'HTTP', headers: [] });

interface Probed extends Running {
  /** The worker with this pid, as it is now. */
  readonly worker: (pid: number) => Instance | undefined;
  readonly deaths: readonly Death[];
  /** Whoever answers is what it was told from then on; the result is its pid. */
  readonly make: (what: string) => Promise<number>;
}

/** A cluster of two workers whose types are probed so. */
async function withProbes(options: ClusterOptions, probes: Readonly<Record<string, Probes>>, use: (probed: Probed) => Promise<void>): Promise<void> {
  const settings = settle({ workers: 2, port: 0, hostname: '127.0.0.1', signals: false, logger: false, ...brief, ...options });
  const deaths: Death[] = [];
  const pids = new Set<number>();
  const running = await launch(settings, {
    hands: () => ({ stop: () => {}, reload: () => {} }),
    message: () => {},
    begin({ supervisor }) {
      const want = supervisor.want.bind(supervisor);
      supervisor.want = desired => want(desired.map(row => Object.assign({}, row, { spec: Object.assign({}, row.spec, { probes: probes[row.spec.type] }) })));
      supervisor.on('change', ({ pid }) => void (pid > 0 && pids.add(pid)));
      supervisor.on('death', death => deaths.push(death));
    },
  });
  const { supervisor, address, crew } = running;
  const worker = (pid: number): Instance | undefined => supervisor.instances().find(one => one.pid === pid);
  // One connection, and so one worker, which an unready one keeps.
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const make = async (what: string): Promise<number> => Number((await get({ address }, `/${what}`, { agent })).text);
  try {
    await use({ ...running, worker, deaths, make });
  } finally {
    agent.destroy();
    await crew.close();
    await assertGone([...pids]);
  }
}

const probed = { baseDir: fixture('apps', 'probed') };
const script = { script: fixture('programs', 'answers-healthz.js'), agent: false };

describe('a probe of a worker', () => {
  it('by message asks the hooks of that very worker: one that cannot serve lives on, and comes back', async () => {
    await withProbes(probed, { app: { readiness: message }, agent: { readiness: message } }, async ({ supervisor, worker, deaths, make, address }) => {
      const ill = await make('unready');
      await until(() => worker(ill)?.unready === true, { what: 'it to be unready' });
      assert.equal(supervisor.instances().filter(({ unready }) => unready === true).length, 1);
      assert.equal(supervisor.instances().length, 3);
      // It keeps what it has, and gets nothing new once it has heard so.
      const others = async (): Promise<boolean> => {
        for (let count = 0; count < 20; count++) if (Number((await get({ address }, '/')).text) === ill) return false;
        return true;
      };
      await until(others, { what: 'new connections to go to the other one' });
      assert.equal(await make('well'), ill);
      await until(() => worker(ill)?.unready === undefined, { what: 'it to serve again' });
      assert.deepEqual(deaths, []);
    });
  });

  it('by HTTP goes to that very worker, though all share the port; one that is not alive is replaced', async () => {
    await withProbes(probed, { app: { readiness: healthz, liveness: healthz } }, async ({ worker, deaths, make }) => {
      const ill = await make('deaf');
      await until(() => deaths.length > 0, { what: 'its death' });
      const [death] = deaths;
      assert.deepEqual([death?.pid, death?.reason, death?.signal, death?.error?.message], [ill, 'liveness', 'SIGKILL', 'the liveness probe: HTTP 503']);
      await until(() => worker(ill) === undefined, { what: 'it to be gone' });
      assert.equal(deaths.length, 1);
    });
  });

  it('that throws, or never answers, has failed', async () => {
    const hasty = { ...message, timeout: 200 };
    for (const [what, detail] of [
      ['unwell', 'it has lost its mind'],
      ['hang', 'no answer within 0.2 s'],
    ] as const) {
      await withProbes({ ...probed, agent: false }, { app: { liveness: hasty } }, async ({ deaths, make }) => {
        const ill = await make(what);
        await until(() => deaths.length > 0, { what: 'its death' });
        assert.deepEqual([deaths[0]?.pid, deaths[0]?.error?.message], [ill, `the liveness probe: ${detail}`]);
      });
    }
  });

  it('goes to the server of a script, and fails in one that is stopped', async () => {
    await withProbes(script, { app: { readiness: healthz, liveness: { ...healthz, timeout: 300 } } }, async ({ supervisor, deaths, make }) => {
      const ill = await make('deaf');
      await until(() => deaths.some(({ pid, reason }) => pid === ill && reason === 'liveness'), { what: 'its death' });
      const other = supervisor.instances().find(({ pid, state }) => pid !== ill && state === 'ready');
      assert.ok(other !== undefined);
      process.kill(other.pid, 'SIGSTOP');
      await until(() => deaths.some(({ pid, reason }) => pid === other.pid && reason === 'liveness'), { what: 'the death of the stopped one' });
    });
  });

  it('keeps a worker from being ready until it succeeds', async () => {
    await assert.rejects(
      withProbes(
        { ...probed, agent: false, startTimeout: 1500 },
        { app: { readiness: { ...healthz, check: { ...healthz.check, path: '/healthz', port: 1 } as ProbeCheck } } },
        async () => {},
      ),
      (error: Error) => /no server of this process listens on port 1/.test(error.message),
    );
  });
});

/** App workers as threads: the option `startMode: 'worker_threads'`. */
import assert from 'node:assert/strict';
import http from 'node:http';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { startCluster, type ClusterOptions } from '../../index.ts';
import { withCluster, type Serving } from '../helpers/cluster.ts';
import { brief, count, death, event, get, json, ready, withEnvironment, withProgram } from '../helpers/orders.ts';
import { fixture } from '../helpers/paths.ts';
import { exited, until } from '../helpers/until.ts';

const APP = fixture('apps', 'threads');
const withThreads = <Result>(options: ClusterOptions, use: (cluster: Serving) => Result | Promise<Result>): Promise<Result> =>
  withCluster({ baseDir: APP, ...brief, startMode: 'worker_threads', ...options }, use);

interface Seen {
  readonly pid: number;
  readonly id: number;
  readonly slot: number;
  readonly threadId: number;
  readonly isMainThread: boolean;
  readonly served: number;
  readonly told?: { readonly text: string };
  readonly config: string;
  readonly boot?: string;
}

const look = async (cluster: Pick<Serving, 'address'>, where = '/'): Promise<Seen> => (await json(cluster, where)) as unknown as Seen;

/** One answer of every worker that is ready. */
async function everybody(cluster: Serving): Promise<readonly Seen[]> {
  const seen = new Map<number, Seen>();
  await until(
    async () => {
      for (const answer of await Promise.all(Array.from({ length: 8 }, () => look(cluster)))) seen.set(answer.id, answer);
      return ready(cluster).every(({ id }) => seen.has(id));
    },
    { what: 'an answer of every worker' },
  );
  return [...seen.values()].filter(({ id }) => ready(cluster).some(instance => instance.id === id));
}

describe('app workers as threads', () => {
  it('of two clusters share nothing, and write where each is told to', async () => {
    await withEnvironment({ BROOD_LOG_LEVEL: 'debug' }, async () => {
      const texts = ['', ''];
      const into = (index: number): PassThrough => {
        const stream = new PassThrough();
        stream.on('data', chunk => (texts[index] += String(chunk)));
        return stream;
      };
      const output = (index: number): NonNullable<ClusterOptions['output']> => ({ stdout: into(index), stderr: into(index) });
      await withThreads({ workers: 2, lock: false, output: output(0) }, async one => {
        await withThreads({ workers: 2, lock: false, output: output(1) }, async other => {
          const [mine, theirs] = [await everybody(one), await everybody(other)];
          assert.notEqual(mine[0]?.pid, theirs[0]?.pid);
          for (const index of [0, 1]) await until(() => /app\.2 listens on/.test(texts[index] ?? ''), { what: `the lines of cluster ${index}` });
        });
        assert.equal((await everybody(one)).length, 2);
      });
    });
  });

  it('share one port and one process, which is not that of the master, and have a memory each', async () => {
    await withThreads({ workers: 3 }, async cluster => {
      const seen = await everybody(cluster);
      assert.deepEqual(
        seen.map(({ slot }) => slot).sort((a, b) => a - b),
        [1, 2, 3],
      );
      assert.equal(new Set(seen.map(({ pid }) => pid)).size, 1);
      assert.notEqual(seen[0]?.pid, process.pid);
      assert.equal(new Set(seen.map(({ threadId }) => threadId)).size, 3);
      for (const { isMainThread, config, boot, pid, id } of seen) {
        assert.deepEqual([isMainThread, config, boot], [false, 'green', undefined]);
        assert.ok(ready(cluster).some(instance => instance.id === id && instance.pid === pid));
      }
    });
  });

  it('send and receive mail, each by its own number', async () => {
    await withThreads({ workers: 2 }, async cluster => {
      assert.equal((await get(cluster, '/ask/21')).text, '42');
      await look(cluster, '/tell/hello');
      await until(async () => (await everybody(cluster)).every(({ told }) => told?.text === 'hello'), { what: 'every thread to be told' });
      for (const { id } of ready(cluster)) {
        const who = await cluster.messenger.request<{ readonly id: number }>(String(id), 'who');
        assert.equal(who.id, id);
      }
    });
  });

  for (const [how, reason, code] of [
    ['exit', 'exit', 3],
    ['throw', 'uncaughtException', 1],
    ['memory', 'out-of-memory', 1],
  ] as const) {
    it(`end alone and are replaced (${how}); nothing else is lost`, async () => {
      await withThreads({ workers: 2, execArgv: ['--max-old-space-size=96'] }, async cluster => {
        const before = ready(cluster);
        const agent = ready(cluster, 'agent')[0];
        await get(cluster, `/end/${how}`);
        const dead = await death(cluster, ({ type }) => type === 'app');
        assert.deepEqual([dead.reason, dead.code, dead.signal, dead.served], [reason, code, null, true]);
        if (how === 'throw') assert.equal(dead.error?.message, 'thrown on demand');
        await count(cluster, 2);
        const after = await everybody(cluster);
        assert.deepEqual(
          after.map(({ slot }) => slot).sort((a, b) => a - b),
          [1, 2],
        );
        assert.ok(
          after.some(({ id }) => before.some(instance => instance.id === id)),
          'the other thread lives',
        );
        assert.deepEqual([...new Set(after.map(({ pid }) => pid))], [before[0]?.pid], 'in the same process');
        assert.equal(ready(cluster, 'agent')[0]?.pid, agent?.pid);
      });
    });
  }

  it('are ended when they hang, one by one', async () => {
    await withThreads({ workers: 2, hangTimeout: 1500 }, async cluster => {
      const [one] = ready(cluster);
      await get(cluster, '/end/loop').catch(() => {});
      const dead = await death(cluster, ({ reason }) => reason === 'hang');
      assert.equal(dead.type, 'app');
      await count(cluster, 2);
      assert.deepEqual([...new Set((await everybody(cluster)).map(({ pid }) => pid))], [one?.pid]);
    });
  });

  it('never take the master with them: a fault of the whole process costs that process, and all are replaced', async () => {
    await withThreads({ workers: 2 }, async cluster => {
      const [{ pid } = { pid: 0 }] = ready(cluster);
      await get(cluster, '/end/segfault').catch(() => {});
      await until(() => cluster.deaths.filter(({ type }) => type === 'app').length === 2);
      assert.deepEqual([...new Set(cluster.deaths.map(({ signal }) => signal))], ['SIGSEGV']);
      await count(cluster, 2);
      const after = await everybody(cluster);
      assert.ok(after.every(seen => seen.pid !== pid));
    });
  });

  it('answer what they have begun and run their close hooks: in a reload under load, in a scale, at the end', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'brood-threads-'));
    const file = path.join(directory, 'closed');
    const closed = (): readonly number[] =>
      readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map(Number)
        .sort((a, b) => a - b);
    try {
      await withEnvironment({ THREADS_CLOSED: file }, async () => {
        const ids = await withThreads({ workers: 2 }, async cluster => {
          const all = new Set(ready(cluster).map(({ id }) => id));
          cluster.on('change', ({ id, type }) => type === 'app' && all.add(id));
          const reloads = new AbortController();
          const failed: string[] = [];
          const clients = Array.from({ length: 6 }, async (_, index) => {
            const agent = new http.Agent({ keepAlive: index % 2 === 0, maxSockets: 1 });
            while (!reloads.signal.aborted) {
              const answer = await get(cluster, index < 2 ? '/slow/30' : '/', { agent }).catch((error: Error) => ({ status: 0, text: error.message }));
              if (answer.status !== 200) failed.push(answer.text);
            }
            agent.destroy();
          });
          await cluster.reload();
          await cluster.scale(3);
          await cluster.scale(1);
          await cluster.reload();
          reloads.abort();
          await Promise.all(clients);
          assert.deepEqual(failed, []);
          return [...all];
        });
        assert.deepEqual(
          closed(),
          ids.sort((a, b) => a - b),
        );
      });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('leave at a SIGTERM to their process, and are replaced; park as spares', async () => {
    await withThreads({ workers: 2, spare: 1, agent: false }, async cluster => {
      await until(() => cluster.instances().some(({ state }) => state === 'spare'));
      const [{ pid } = { pid: 0 }] = ready(cluster);
      process.kill(pid, 'SIGTERM');
      await until(() => cluster.deaths.length >= 2 && ready(cluster).length === 2);
      assert.deepEqual([...new Set(cluster.deaths.map(({ reason, code }) => `${reason} ${code}`))], ['SIGTERM 0']);
      assert.equal((await everybody(cluster)).length, 2);
    });
  });

  it('are gone when their master is killed, after the answers that they owe', async () => {
    await withProgram({ baseDir: APP, port: 0, hostname: '127.0.0.1', workers: 1, startMode: 'worker_threads' }, async ({ child, started }) => {
      const { address } = await started;
      const slow = get({ address }, '/slow/500');
      let looks = 0;
      await until(async () => (await look({ address })).served > ++looks, { what: 'the slow request to have begun' });
      child.kill('SIGKILL');
      await exited(child);
      assert.equal((await slow).status, 200);
    });
  });

  it('keep clients sticky', async () => {
    await withThreads({ workers: 2, sticky: 'cookie', agent: false }, async cluster => {
      for (const slot of [1, 2, 2, 1, 1, 2]) {
        const answer = JSON.parse((await get(cluster, '/', { headers: { cookie: `brood=${slot}.x` } })).text) as Seen;
        assert.equal(answer.slot, slot);
      }
    });
  });

  it('refuse what cannot work in them', async () => {
    const refused = (options: ClusterOptions, code: string): Promise<void> =>
      assert.rejects(startCluster({ baseDir: APP, startMode: 'worker_threads', signals: false, logger: false, port: 0, ...options }), { code });
    await refused({ baseDir: fixture('scripts'), script: 'listens.js' }, 'BROOD_THREADS_SCRIPT');
    await refused({ sticky: 'ip' }, 'BROOD_THREADS_LISTEN');
    await refused({ listen: 'round-robin' }, 'BROOD_THREADS_LISTEN');
    await refused({ startMode: 'threads' as never }, 'BROOD_OPTION_TYPE');
  });

  it('serve a unix socket as well', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'brood-threads-'));
    try {
      const cluster = await startCluster({
        baseDir: APP,
        ...brief,
        workers: 2,
        agent: false,
        signals: false,
        logger: false,
        startMode: 'worker_threads',
        path: path.join(directory, 's'),
      });
      assert.equal((await get(cluster)).status, 200);
      const closed = event(cluster, 'close');
      await cluster.close();
      await closed;
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

/** Workers keep to their CPUs through crashes and reloads; what cannot be had is refused at the start, or said once. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { allowedCpus } from '../../lib/child/native/allowed.ts';
import { cpuLists, limitOf, niceValues, ownCpus } from '../helpers/kernel.ts';
import { startCluster, type Cluster, type ClusterOptions } from '../../index.ts';
import { count, death, ORDERS, brief, ready, withEnvironment, withOrders } from '../helpers/orders.ts';
import { built, fixture } from '../helpers/paths.ts';
import { exited, lineOf, until } from '../helpers/until.ts';

const CPUS = allowedCpus();
const cpuOf = (slot: number): string => String(CPUS[(slot - 1) % CPUS.length]);

/** Every thread of every worker is where its slot belongs. */
const atTheirPlaces = (cluster: Cluster): Promise<unknown> =>
  until(
    () => {
      const workers = ready(cluster);
      assert.deepEqual(
        workers.map(({ pid }) => cpuLists(pid)),
        workers.map(({ slot }) => [cpuOf(slot)]),
      );
      return workers.length > 0;
    },
    { what: 'every worker to be on the CPU of its slot' },
  );

describe('cpuAffinity', () => {
  it('binds every thread of every worker to the CPU of its slot: after the start, a crash, a reload, and from a spare', () =>
    withOrders({ workers: 3, cpuAffinity: 'auto' }, async cluster => {
      await atTheirPlaces(cluster);
      const [agent] = ready(cluster, 'agent');
      assert.deepEqual(cpuLists(agent?.pid ?? 0), [ownCpus()], 'the agent is not bound');
      assert.deepEqual(cpuLists(process.pid), [ownCpus()], 'nor is the master');

      const [, second] = ready(cluster);
      assert.ok(second);
      process.kill(second.pid, 'SIGKILL');
      await death(cluster, ({ pid }) => pid === second.pid);
      await count(cluster, 3);
      await atTheirPlaces(cluster);

      await cluster.reload();
      await count(cluster, 3);
      await atTheirPlaces(cluster);
    }));

  it('binds a spare when it takes the place of another', () =>
    withOrders({ workers: 2, cpuAffinity: 'auto', spare: 1 }, async cluster => {
      const spare = await until(() => cluster.instances().find(({ state }) => state === 'spare'));
      const [, second] = ready(cluster);
      assert.ok(second);
      process.kill(second.pid, 'SIGKILL');
      await until(() => ready(cluster).some(({ pid }) => pid === spare.pid));
      await atTheirPlaces(cluster);
    }));

  it('takes CPUs only out of those that this process may use, and says what it leaves out', async () => {
    const warnings: string[] = [];
    const logger = { info: () => {}, warn: (message: string) => void warnings.push(message), error: () => {} };
    const [first = 0] = CPUS;
    await withOrders({ workers: 2, cpuAffinity: [first, 1000], logger }, cluster => {
      for (const { pid } of ready(cluster)) assert.deepEqual(cpuLists(pid), [String(first)]);
    });
    assert.match(warnings.join('\n'), /of the CPUs \d+,1000 for app this process may use only \d+; the others are left out/);
  });

  it('is said once to be impossible where nobody can bind, with the remedy, and the cluster runs', () =>
    withEnvironment({ BROOD_NATIVE: 'none' }, async () => {
      const warnings: string[] = [];
      const logger = { info: () => {}, warn: (message: string) => void warnings.push(message), error: () => {} };
      await withOrders({ workers: 2, cpuAffinity: 'auto', logger }, cluster => assert.equal(ready(cluster).length, 2));
      assert.deepEqual(warnings, ['the instances of app cannot be bound to CPUs here: install util-linux (taskset, prlimit) or the package koffi']);
    }));
});

describe('nice and limits', () => {
  it('hold for agent and workers', () =>
    withOrders({ workers: 2, nice: 4, limits: { nofile: 400, core: 0 } }, cluster => {
      const { pid: master } = process;
      for (const { pid } of [...ready(cluster), ...ready(cluster, 'agent')]) {
        assert.deepEqual(niceValues(pid), [4]);
        assert.deepEqual(limitOf(pid, 'Max open files'), ['400', '400']);
        assert.deepEqual(limitOf(pid, 'Max core file size'), ['0', '0']);
      }
      assert.deepEqual(niceValues(master), [0]);
    }));
});

describe('what cannot be had', () => {
  const start = (options: ClusterOptions): Promise<Cluster> =>
    startCluster({ baseDir: ORDERS, ...brief, port: 0, hostname: '127.0.0.1', signals: false, logger: false, ...options });

  it('is refused before anything is started: CPUs that are not ours, more files than the system gives', async () => {
    await assert.rejects(start({ cpuAffinity: [1000] }), { code: 'BROOD_AFFINITY', exitCode: 5 });
    await assert.rejects(start({ limits: { nofile: 2 ** 31 - 1 } }), { code: 'BROOD_LIMIT_DENIED', exitCode: 5 });
  });

  // Only root can give privileges away.
  const asRoot = process.getuid?.() === 0 ? it : () => {};
  asRoot('is refused to who lacks the privilege: a negative nice value, a limit above the hard one', async () => {
    const without = async (options: ClusterOptions): Promise<string> => {
      const words = ['--bounding-set=-sys_nice,-sys_resource', '--inh-caps=-all', 'prlimit', '--nofile=512:512', '--nice=0:0', process.execPath];
      const program = fixture('programs', 'starts-a-cluster.js');
      const child = spawn('setpriv', [...words, program, built, JSON.stringify({ baseDir: ORDERS, ...brief, port: 0, ...options })], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = await lineOf(child.stdout, /^\{.*\}$/);
      await exited(child);
      return line;
    };
    assert.match(await without({ nice: -5 }), /"code":"BROOD_NICE_DENIED".*(app|agent) cannot have nice -5: this user may not go below 0/);
    assert.match(await without({ limits: { nofile: 1024 } }), /"code":"BROOD_LIMIT_DENIED".*nofile 1024: at most 512/);
  });
});

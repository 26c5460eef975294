/** Figures of real processes under a supervisor: with a channel, without one, with children, stopped. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { starterInto } from '../../lib/child/start.ts';
import type { ProcessSpec } from '../../lib/model.ts';
import { Metrics } from '../../lib/supervisor/metrics.ts';
import { Supervisor } from '../../lib/supervisor/supervisor.ts';
import { rssOf, usageOf } from '../../lib/supervisor/usage.ts';
import { realWorld } from '../../lib/supervisor/world.ts';
import { metricsIn } from '../helpers/exposition.ts';
import { assertGone } from '../helpers/left.ts';
import { exited, until } from '../helpers/until.ts';
import { programSpec } from '../child/program.ts';
import { rowOf } from './watched.ts';

const onLinux = existsSync('/proc/self/stat') ? it : it.skip;

async function withSupervisor(specs: readonly ProcessSpec[], use: (supervisor: Supervisor, metrics: Metrics) => Promise<void>): Promise<void> {
  const supervisor = new Supervisor(realWorld(starterInto()));
  const metrics = new Metrics(supervisor, { version: '1.2.3', timeout: 300 });
  const pids = new Set<number>();
  supervisor.on('change', ({ pid }) => void pids.add(pid));
  supervisor.want(specs.map(spec => rowOf(spec, 1)));
  try {
    await until(() => supervisor.instances().filter(({ state }) => state === 'ready').length === specs.length, { what: 'all to be ready' });
    await use(supervisor, metrics);
  } finally {
    supervisor.want(specs.map(spec => rowOf(spec, 0)));
    supervisor.hurry();
    await until(() => supervisor.instances().length === 0);
    supervisor.dispose();
    await assertGone([...pids].filter(pid => pid > 0));
  }
}

describe('the CPU times of instances', () => {
  onLinux('are known of each, by its id, and rise with what it does', async () => {
    const busy = programSpec('command', 'runs-on', { type: 'busy', start: { kind: 'command', line: `exec '${process.execPath}' -e 'for (;;);'` } });
    const idle = programSpec('command', 'runs-on', { type: 'idle', start: { kind: 'command', line: 'exec sleep 600' } });
    await withSupervisor([busy, idle], async (supervisor, metrics) => {
      const idOf = (type: string): number => supervisor.instances().find(one => one.type === type)?.id ?? 0;
      const before = await metrics.cpuTimes();
      assert.deepEqual(new Set(before.keys()), new Set([idOf('busy'), idOf('idle')]));
      await until(async () => ((await metrics.cpuTimes()).get(idOf('busy')) ?? 0) > (before.get(idOf('busy')) ?? 0) + 50_000, { what: '50 ms of CPU time' });
      assert.ok(((await metrics.cpuTimes()).get(idOf('idle')) ?? 0) < 50_000);
    });
  });
});

describe('usage', () => {
  onLinux('is that of a process and everything below it', async () => {
    const shell = spawn('/bin/sh', ['-c', `'${process.execPath}' -e 'setInterval(() => {}, 1000)' & '${process.execPath}' -e 'for (;;);' & wait`], {
      detached: true,
    });
    assert.ok(shell.pid);
    try {
      const { pid } = shell;
      await until(() => (usageOf(pid)?.rss ?? 0) > 50_000_000, { what: 'two processes below the shell' });
      const before = usageOf(pid)?.cpu ?? 0;
      await until(() => (usageOf(pid)?.cpu ?? 0) > before + 100_000, { what: 'CPU time of a grandchild' });
      assert.ok((rssOf(pid) ?? 0) > 50_000_000);
    } finally {
      process.kill(-shell.pid, 'SIGKILL');
      await exited(shell);
    }
    assert.equal(usageOf(shell.pid), undefined);
  });

  onLinux('of a child that has ended stays with its parent', async () => {
    const works = `'${process.execPath}' -e 'while (process.cpuUsage().user < 300_000);'; echo done; read line`;
    const shell = spawn('/bin/sh', ['-c', works]);
    assert.ok(shell.pid);
    try {
      await once(shell.stdout, 'data');
      assert.ok((usageOf(shell.pid)?.cpu ?? 0) >= 250_000);
    } finally {
      shell.kill('SIGKILL');
      await exited(shell);
    }
  });
});

describe('the figures of instances', () => {
  onLinux('of a command are those that the kernel knows', () =>
    withSupervisor([programSpec('command', 'loops')], async (supervisor, metrics) => {
      const [instance] = supervisor.instances();
      assert.ok(instance);
      const figures = await until(
        async () => {
          const now = (await metrics.perInstance()).get(instance.id);
          // Its shell uses the core before the program is there.
          return (now?.cpu ?? 0) > 0.05 && (now?.memory ?? 0) > 10_000_000 ? now : undefined;
        },
        { what: 'a share of a core, and the memory of Node.js' },
      );
      assert.deepEqual([figures.requests, figures.connections, figures.requestsPerSecond, figures.isHanging], [undefined, undefined, undefined, false]);
      const values = metricsIn(await metrics.text());
      assert.ok((values.get('brood_instance_cpu_seconds_total{type="command",instance="command.1"}') ?? 0) > 0);
      assert.equal(values.get('brood_scrape_missing{type="command"}'), 0);
    }),
  );

  it('are asked for once by all who want to know at the same time, and who does not answer is told as missing', () =>
    // A program that knows no such question.
    withSupervisor([programSpec('fork', 'ready')], async (supervisor, metrics) => {
      const began = performance.now();
      const [text, scene] = await Promise.all([metrics.text(), metrics.snapshot()]);
      assert.ok(performance.now() - began >= 290);
      assert.deepEqual(scene.missing, ['fork']);
      assert.equal(scene.instances.length, supervisor.instances().length);
      const values = metricsIn(text);
      assert.equal(values.get('brood_scrape_missing{type="fork"}'), 1);
      assert.equal(values.get(`brood_info{version="1.2.3",node="${process.version}"}`), 1);
    }));

  it('are not waited for again from one that has not answered, until it does', () =>
    withSupervisor([programSpec('fork', 'ready')], async (_supervisor, metrics) => {
      assert.deepEqual((await metrics.snapshot()).missing, ['fork']);
      // Whatever waits for a timer comes after the next turn of the event loop.
      const waited = new Promise<undefined>(resolve => setImmediate(resolve, undefined));
      const scene = await Promise.race([metrics.snapshot(), waited]);
      assert.deepEqual(scene?.missing, ['fork']);
    }));

  it('are not waited for when the one that was asked ends meanwhile', () =>
    withSupervisor(
      [programSpec('fork', 'ready', { restart: { when: 'never', intensity: 0, period: 1, backoff: 1, maxBackoff: 60_000 } })],
      async supervisor => {
        const patient = new Metrics(supervisor, { timeout: 60_000 });
        const text = patient.text();
        const [instance] = supervisor.instances();
        assert.ok(instance);
        process.kill(instance.pid, 'SIGKILL');
        metricsIn(await text);
      },
    ));

  it('tell of a standstill while it lasts', () =>
    withSupervisor([programSpec('fork', 'ready')], async (supervisor, metrics) => {
      const [instance] = supervisor.instances();
      assert.ok(instance);
      const report = { after: 1000, stack: [] };
      supervisor.emit('hang', instance, report);
      assert.equal((await metrics.perInstance()).get(instance.id)?.isHanging, true);
      supervisor.emit('hang', instance, { ...report, ended: 2000 });
      assert.equal((await metrics.perInstance()).get(instance.id)?.isHanging, false);
    }));
});

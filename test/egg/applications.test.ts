/** Unmodified applications on egg 3 (CommonJS) and egg 4 (ES modules), on egg from npm. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { assertGone } from '../helpers/left.ts';
import { exited, signalAgain, until } from '../helpers/until.ts';
import { Running, startLoad } from './running.ts';
import { makeSite } from './site.ts';
import type { Generation } from './site.ts';

const HOOKS = ['configWillLoad', 'configDidLoad', 'didLoad', 'willReady', 'didReady', 'serverDidReady'];

async function withEgg(
  generation: Generation,
  use: (running: Running) => Promise<void>,
  options: Readonly<Record<string, unknown>> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const running = new Running(await makeSite(generation), options, env);
  try {
    await running.ready();
    await use(running);
  } finally {
    await running.end();
  }
}

/** One worker may be quick enough to take a whole handful of connections. */
const bothWorkers = (running: Running): Promise<readonly number[]> =>
  until(async () => {
    const workers = await running.workers();
    return workers.length === 2 ? workers : undefined;
  });

const agentPid = (running: Running): number => running.pidsOf('agent', 'didReady').at(-1) ?? 0;

for (const generation of ['three', 'four'] as const) {
  describe(`an application on egg ${generation}`, function () {
    this.timeout(120_000);

    before(async function () {
      this.timeout(300_000);
      (await makeSite(generation)).remove();
    });

    it('runs its hooks in order in the agent and in the workers, and tells its parent when all are ready', async () => {
      await withEgg(
        generation,
        async running => {
          await until(() => running.pidsOf('app', 'serverDidReady').length === 2);
          const workers = await bothWorkers(running);
          for (const pid of [agentPid(running), ...workers]) {
            assert.deepEqual(
              running.told.filter(line => line.pid === pid && HOOKS.includes(line.what)).map(({ what }) => what),
              HOOKS,
            );
          }
          assert.deepEqual(
            [...running.pidsOf('app', 'server listening=false')].sort((a, b) => a - b),
            workers,
          );
          const ready = running.messages.find(({ action }) => action === 'egg-ready');
          assert.deepEqual(ready?.data, { port: running.port, address: `http://127.0.0.1:${running.port}`, protocol: 'http' });
          const { text } = await running.get('/');
          assert.match(text, /"count":"2","title":"egg-server-test"/);
          assert.match(running.output, /\[master\] agent_worker#1:\d+ started \(\d+ms\)/);
          assert.match(running.output, new RegExp(`\\[master\\] framework-${generation} started on http://127\\.0\\.0\\.1:${running.port} \\(\\d+ms\\)`));
          assert.equal(await running.stop(), 0);
          assert.equal(running.told.filter(({ what }) => what === 'beforeClose').length, 3);
          assert.match(running.output, /\[master\] exit with code:0/);
        },
        { title: 'egg-server-test' },
      );
    });

    it('passes messages both ways, those from before there were workers too, and runs its schedules', async () => {
      await withEgg(generation, async running => {
        const agent = agentPid(running);
        assert.deepEqual(JSON.parse((await running.get('/greet')).text), { agent });
        assert.deepEqual(JSON.parse((await running.get('/pids')).text).map(Number), [agent]);
        assert.deepEqual(JSON.parse((await running.get('/leader')).text), { leader: agent });
        assert.equal(running.pidsOf('app', 'early').length, 2);
        const workers = await bothWorkers(running);
        await until(() => running.pidsOf('app', 'schedule one').length === 1);
        await until(() => workers.every(pid => running.pidsOf('app', 'schedule everywhere').includes(pid)));
      });
    });

    it('gets over the death of its agent: a new leader answers, no message is lost, an exception is no death', async () => {
      await withEgg(generation, async running => {
        const first = agentPid(running);
        await running.get('/send?action=throw-agent');
        await until(() => running.output.includes('thrown in the agent'));
        await running.get('/send?action=count&number=0');
        await until(() => running.pidsOf('agent', 'count 0').includes(first));
        await running.get('/send?action=crash-agent');
        await until(() => running.messages.some(({ action }) => action === 'agent-worker-died'));
        for (const number of [1, 2, 3]) await running.get(`/send?action=count&number=${number}`);
        await running.get(`/send?action=count&number=4&pid=${first}`);
        await until(() => agentPid(running) !== first);
        const second = agentPid(running);
        await until(() => running.told.filter(({ pid, what }) => pid === second && what.startsWith('count')).length >= 4);
        assert.deepEqual(
          running.told
            .filter(({ pid, what }) => pid === second && what.startsWith('count'))
            .map(({ what }) => what)
            .sort(),
          ['count 1', 'count 2', 'count 3', 'count 4'],
        );
        await until(() => running.pidsOf('app', 'agent-start').length === 2);
        await until(async () => (await running.get('/leader')).text === JSON.stringify({ leader: second }), { within: 30_000 });
        assert.deepEqual(JSON.parse((await running.get('/pids')).text).map(Number), [second]);
      });
    });

    it('loses at most what was in a crashed worker: two exceptions under eight clients', async () => {
      await withEgg(generation, async running => {
        const load = startLoad(running, 8);
        for (const crash of [1, 2]) {
          const enough = load.count() + 200;
          await until(() => load.count() > enough);
          await running.get('/throw');
          await until(() => running.messages.filter(({ action }) => action === 'app-worker-died').length === crash);
          await until(() => running.pidsOf('app', 'serverDidReady').length === 2 + crash);
        }
        const { ok, errors } = await load.stop();
        assert.ok(ok > 400);
        assert.deepEqual(errors, []);
        await bothWorkers(running);
      });
    });

    it('reloads its workers under load without a failure, and has as many as before', async () => {
      await withEgg(
        generation,
        async running => {
          const before = await bothWorkers(running);
          const load = startLoad(running, 8);
          await until(() => load.count() > 200);
          running.master.send({ action: 'reload-worker', to: 'master' });
          await until(async () => (await running.workers()).every(pid => !before.includes(pid)), { within: 30_000 });
          await assertGone([...before], 20_000);
          const enough = load.count() + 200;
          await until(() => load.count() > enough);
          const { errors } = await load.stop();
          assert.deepEqual(errors, []);
          await bothWorkers(running);
        },
        {},
        { EGG_SERVER_ENV: 'prod' },
      );
    });

    it('answers what is in flight when it is told to end, by SIGTERM and by Ctrl-C, and runs the hooks', async () => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) {
        await withEgg(generation, async running => {
          const inFlight = Array.from({ length: 6 }, () => running.get('/slow?ms=700'));
          await until(() => running.pidsOf('app', 'slow').length === inFlight.length);
          running.master.kill(signal);
          const answers = await Promise.all(inFlight);
          assert.ok(answers.every(({ status }) => status === 200));
          assert.deepEqual(await exited(running.master, { within: 20_000 }), { code: 0, signal: null });
          assert.equal(running.told.filter(({ what }) => what === 'beforeClose').length, 3);
        });
      }
    });

    it('runs the hooks when a second signal says that it must not wait', async () => {
      await withEgg(generation, async running => {
        const inFlight = [running.get('/slow?ms=20000'), running.get('/slow?ms=20000')];
        await until(() => running.pidsOf('app', 'slow').length === inFlight.length);
        running.master.kill('SIGTERM');
        await until(() => running.output.includes('master is killed by signal SIGTERM, closing'));
        await signalAgain(running.master, 'SIGTERM');
        const ends = await Promise.allSettled(inFlight);
        assert.ok(ends.every(({ status }) => status === 'rejected'));
        assert.equal((await exited(running.master)).code, 143);
        assert.equal(running.told.filter(({ what }) => what === 'beforeClose').length, 3);
      });
    });

    it('tries again when a replacement does not boot, until it does', async () => {
      await withEgg(generation, async running => {
        const [first] = await running.workers();
        assert.ok(first !== undefined);
        writeFileSync(running.site.broken, '');
        process.kill(first, 'SIGKILL');
        await until(() => (running.output.match(/does not boot now/g) ?? []).length >= 2, { within: 20_000 });
        rmSync(running.site.broken);
        await bothWorkers(running);
      });
    });

    it('runs its workers as threads, of which one that throws ends alone', async () => {
      await withEgg(
        generation,
        async running => {
          await until(() => running.pidsOf('app', 'serverDidReady').length === 2);
          const { pid } = JSON.parse((await running.get('/')).text);
          assert.deepEqual(new Set(running.pidsOf('app', 'didReady')), new Set([pid]));
          assert.deepEqual(JSON.parse((await running.get('/pids')).text).map(Number), [agentPid(running)]);
          await until(() => running.pidsOf('app', 'schedule one').length === 1);
          await running.get('/throw');
          await until(() => running.messages.some(({ action }) => action === 'app-worker-died'));
          await until(() => running.pidsOf('app', 'serverDidReady').length === 3);
          assert.equal(JSON.parse((await running.get('/')).text).pid, pid);
          assert.equal(await running.stop(), 0);
          assert.equal(running.told.filter(({ what }) => what === 'beforeClose').length, 4);
        },
        { startMode: 'worker_threads' },
      );
    });

    it('leaves nothing when its master is killed, not even a worker in an endless loop', async () => {
      await withEgg(generation, async running => {
        await running.get('/loop');
        await running.stop('SIGKILL');
        // With the agent gone at the same moment, Egg's close() may wait for it in vain: closeTimeout, 5 s, ends that.
        await assertGone([...new Set(running.told.map(({ pid }) => pid))], 15_000);
      });
    });
  });
}

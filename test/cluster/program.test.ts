/** A master program and its surroundings: signals, its parent process, its death, `node -e`. */
import assert from 'node:assert/strict';
import { fork, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { event, get, ORDERS, withEnvironment, withProgram } from '../helpers/orders.ts';
import { assertGone } from '../helpers/left.ts';
import { built, fixture } from '../helpers/paths.ts';
import { exited, lineOf, portClosed, said as transcript, signalAgain, until } from '../helpers/until.ts';

describe('a master program', () => {
  it('SIGTERM: answers what is in flight, runs beforeClose, ends workers before the agent, exits with 0', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'brood-closed-'));
    const file = join(directory, 'closed');
    try {
      await withEnvironment({ ORDERS_CLOSED: file }, () =>
        withProgram({}, async ({ child, started }) => {
          const cluster = await started;
          const slow = get(cluster, '/slow/500');
          await until(async () => (await get(cluster)).status === 200);
          child.kill('SIGTERM');
          assert.equal((await slow).status, 200);
          assert.deepEqual(await exited(child), { code: 0, signal: null });
          const output = child.stdout;
          assert.ok(output !== null);
          const deaths = transcript(output)
            .split('\n')
            .filter(line => line.startsWith('death '));
          assert.deepEqual(
            deaths.map(line => (JSON.parse(line.slice(6)) as { type: string }).type),
            ['app', 'app', 'agent'],
          );
          assert.equal(readFileSync(file, 'utf8').trim().split('\n').length, 2);
        }),
      );
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    it(`${signal} twice ends at once, with ${code}`, async () => {
      await withProgram({ drainTimeout: 20_000 }, async ({ child, started, said }) => {
        const cluster = await started;
        const slow = get(cluster, '/slow/15000').catch(({ code: reason }) => String(reason));
        await until(async () => (await get(cluster)).status === 200);
        child.kill(signal);
        await said('change', '"state":"draining"');
        await signalAgain(child, signal);
        assert.deepEqual(await exited(child), { code, signal: null });
        assert.equal(await slow, 'ECONNRESET');
      });
    });

    it(`${signal} of a terminal that npm hands on as well is one signal: what is in flight is answered`, async () => {
      await withProgram({ drainTimeout: 20_000 }, async ({ child, started, said }) => {
        const cluster = await started;
        const slow = get(cluster, '/slow/1000');
        await until(async () => (await get(cluster)).status === 200);
        child.kill(signal);
        child.kill(signal);
        await said('change', '"state":"draining"');
        assert.equal((await slow).status, 200);
        assert.deepEqual(await exited(child), { code: 0, signal: null });
      });
    });
  }

  it('SIGHUP reloads', async () => {
    await withProgram({ agent: false }, async ({ child, started, said }) => {
      const { pids } = await started;
      child.kill('SIGHUP');
      for (const pid of pids) await said('death', `"reason":"reload".*"pid":${pid}`);
      assert.equal(child.exitCode, null);
      assert.equal((await get(await started)).status, 200);
    });
  });

  it('SIGTERM during the boot: BROOD_START_ABORTED, exit code 1, nothing left', async () => {
    for (const variables of [{ ORDERS_AGENT: 'never' }, { ORDERS_APP: 'never' }]) {
      await withEnvironment(variables, () =>
        withProgram({}, async ({ child, said }) => {
          await until(() => childrenOf(child.pid ?? 0).length > 0);
          child.kill('SIGTERM');
          assert.equal((await said('failed'))['code'], 'BROOD_START_ABORTED');
          assert.equal((await exited(child)).code, 1);
        }),
      );
    }
  });

  it('SIGKILL: workers answer what is in flight, then end; so do a looping one and a stopped one', async () => {
    await withProgram({ workers: 3 }, async ({ child, started }) => {
      const cluster = await started;
      const slow = get(cluster, '/slow/500').catch(({ code }) => String(code));
      await until(async () => (await get(cluster)).status === 200);
      child.kill('SIGKILL');
      const answer = await slow;
      assert.ok(typeof answer === 'object' && answer.status === 200);
      await assertGone(cluster.pids, 2000);
      await portClosed(cluster.address.port);
    });
    await withProgram({ workers: 2 }, async ({ child, started }) => {
      const cluster = await started;
      const looping = Number((await get(cluster, '/do/loop')).text);
      const stopped = cluster.pids.find(pid => pid !== looping);
      assert.ok(stopped !== undefined);
      process.kill(stopped, 'SIGSTOP');
      child.kill('SIGKILL');
      await assertGone(cluster.pids, 2500);
    });
  });

  it('tells its parent process when it is ready, routes messages both ways, and lives on when the parent leaves', async () => {
    await withProgram({ workers: 1 }, async ({ child, started, said }) => {
      const told = event(child, 'message');
      const cluster = await started;
      assert.deepEqual(await told, { action: 'ready', data: { ...cluster.address }, from: 'master', to: 'parent' });
      child.send({ action: 'hello', data: 1 });
      assert.deepEqual((await said('message', 'hello'))['message'], { action: 'hello', data: 1 });
      const up = event(child, 'message');
      await get(cluster, `/send?message=${encodeURIComponent(JSON.stringify({ action: 'up', data: 2, to: 'parent' }))}`);
      assert.deepEqual(await up, { action: 'up', data: 2, to: 'parent' });
      child.disconnect();
      assert.equal((await get(cluster)).status, 200);
    });
  });

  for (const [when, words] of [
    ['before', []],
    ['while', ['late']],
  ] as const) {
    it(`that listens to its parent from ${when} a cluster runs stays until it leaves, after the end of the cluster too`, async () => {
      const child = fork(fixture('programs', 'serves-its-parent.js'), [ORDERS, ...words], { env: { ...process.env, BROOD_BUILT: built } });
      const heard: unknown[] = [];
      child.on('message', message => heard.push(message));
      const next = (word: string): Promise<unknown> => until(() => heard.includes(word), { what: word });
      if (when === 'before') {
        await next('listens');
        child.send('cluster');
      }
      await next('closed');
      child.send('ask');
      await next('here');
      child.send('leave');
      assert.deepEqual(await exited(child), { code: 0, signal: null });
    });
  }

  it('hears plain messages of a worker, whatever they are', async () => {
    await withProgram({ workers: 1 }, async ({ child, started, said }) => {
      const cluster = await started;
      for (const message of [
        1,
        'text',
        { cmd: 'NODE_MINE', action: 'marked', to: 'master' },
        { action: 'plain', data: [1], to: 'master' },
        { __proto__: null, a: {} },
      ]) {
        await get(cluster, `/send?message=${encodeURIComponent(JSON.stringify(message))}`);
      }
      assert.deepEqual(await said('message', 'NODE_MINE'), { message: { cmd: 'NODE_MINE', action: 'marked', to: 'master' }, from: 'app' });
      assert.deepEqual((await said('message', 'plain'))['message'], { action: 'plain', data: [1], to: 'master' });
      assert.equal(child.exitCode, null);
    });
  });

  it('survives the end of the reader of its output', async () => {
    await withProgram({ workers: 1, agent: false }, async ({ child, started }) => {
      const cluster = await started;
      child.stdout?.destroy();
      child.stderr?.destroy();
      await get(cluster, '/do/throw');
      await until(async () => (await get(cluster)).status === 200);
      assert.equal(child.exitCode, null);
    });
  });

  it('starts under `node -e` without starting itself again', async () => {
    const program = `import { startCluster } from ${JSON.stringify(`${built}/index.js`)};
      const cluster = await startCluster({ baseDir: ${JSON.stringify(ORDERS)}, workers: 1, port: 0, hostname: '127.0.0.1', lock: false });
      console.log('ready ' + cluster.instances().length);
      await cluster.close();`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    await lineOf(child.stdout, /^ready 2$/);
    assert.deepEqual(await exited(child), { code: 0, signal: null });
  });
});

/** Direct children of a process, by the kernel's list. */
function childrenOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  } catch {
    return [];
  }
}

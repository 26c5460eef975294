/** How workers share their address: every mode, a unix socket, a script. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { startCluster, type Cluster, type ClusterOptions } from '../../index.ts';
import { canReusePort } from '../../lib/cluster/bind.ts';
import { brief, get, ORDERS, ready, withEnvironment, withOrders } from '../helpers/orders.ts';
import { fixture } from '../helpers/paths.ts';
import { freePort } from '../helpers/ports.ts';
import { exited, lineOf, until } from '../helpers/until.ts';

/** The pids that answer, when all of them have. */
async function everyWorkerAnswers(cluster: Cluster, options: { readonly port?: number } = {}): Promise<void> {
  const wanted = ready(cluster).map(({ pid }) => pid);
  const seen = new Set<number>();
  await until(async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => get(cluster, '/', options)));
    for (const { text } of answers) seen.add(Number.parseInt(text, 10));
    return wanted.every(pid => seen.has(pid));
  });
  assert.equal(seen.size, wanted.length);
}

async function closing(options: ClusterOptions, use: (cluster: Cluster) => Promise<void>): Promise<void> {
  const cluster = await startCluster({ baseDir: ORDERS, ...brief, workers: 2, agent: false, signals: false, logger: false, ...options });
  try {
    await use(cluster);
  } finally {
    await cluster.close();
  }
}

describe('listening', () => {
  for (const listen of ['held', 'round-robin'] as const) {
    it(`every worker serves in the mode ${listen}, also after a kill and a reload`, async () => {
      await withOrders({ listen, agent: false }, async cluster => {
        await everyWorkerAnswers(cluster);
        const [victim] = ready(cluster);
        assert.ok(victim !== undefined);
        process.kill(victim.pid, 'SIGKILL');
        await until(() => cluster.deaths.length === 1 && ready(cluster).length === 2);
        await everyWorkerAnswers(cluster);
        await cluster.reload();
        await everyWorkerAnswers(cluster);
      });
    });
  }

  it('reuse-port where Node.js knows it; elsewhere held, with one warning', async () => {
    const warnings: string[] = [];
    const logger = { info() {}, error() {}, warn: (message: string) => void warnings.push(message) };
    const known = await canReusePort();
    await withOrders({ listen: 'reuse-port', agent: false, logger }, async cluster => {
      await everyWorkerAnswers(cluster);
      assert.equal(warnings.filter(text => text.includes('reusePort')).length, known ? 0 : 1);
    });
  });

  it('a unix socket, also where a killed master has left its file', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'brood-socket-'));
    const path = join(directory, 'socket');
    try {
      const holder = spawn(process.execPath, ['-e', `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await lineOf(holder.stdout, /up/);
      holder.kill('SIGKILL');
      await exited(holder);
      assert.ok(existsSync(path));
      await closing({ path }, async cluster => {
        assert.deepEqual(cluster.address, { path });
        await everyWorkerAnswers(cluster);
        await cluster.reload();
        await everyWorkerAnswers(cluster);
      });
      assert.ok(!existsSync(path), 'the file is gone after a close');
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('a script is a worker, unchanged: on its port, and on a second one', async () => {
    const [port, second] = [await freePort(), await freePort()];
    await withEnvironment({ SECOND: String(second) }, () =>
      closing({ baseDir: fixture('scripts'), script: 'listens.js', port, hostname: '127.0.0.1' }, async cluster => {
        assert.deepEqual(cluster.address, { port, host: '127.0.0.1', protocol: 'http' });
        await everyWorkerAnswers(cluster);
        await everyWorkerAnswers(cluster, { port: second });
        await cluster.reload();
        await everyWorkerAnswers(cluster);
      }),
    );
  });

  it('a further port is opened where `ports` names it, and refused where not', async () => {
    const port = await freePort();
    await withEnvironment({ ORDERS_PORT: String(port) }, async () => {
      const options = { port: 0, hostname: '127.0.0.1', restart: { intensity: 0 } };
      await assert.rejects(
        closing(options, async () => {}),
        { code: 'BROOD_START_FAILED', message: /wants to listen on port \d+, which no option names/ },
      );
      await closing({ ...options, ports: [port] }, cluster => everyWorkerAnswers(cluster, { port }));
    });
  });

  it("a script may open the cluster's own port, and those that `ports` names", async () => {
    const [port, second] = [await freePort(), await freePort()];
    const script = { baseDir: fixture('scripts'), script: 'listens.js', port, hostname: '127.0.0.1' };
    await withEnvironment({ SECOND: String(second) }, () => closing({ ...script, ports: [second] }, cluster => everyWorkerAnswers(cluster, { port: second })));
  });
});

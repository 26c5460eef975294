/** Health over HTTP: what a load balancer sees while instances start, die and are stopped. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { starterInto } from '../../lib/child/start.ts';
import { conditionOf, HealthServer } from '../../lib/daemon/health.ts';
import type { HealthSources } from '../../lib/daemon/health.ts';
import { Metrics } from '../../lib/supervisor/metrics.ts';
import { Supervisor } from '../../lib/supervisor/supervisor.ts';
import { realWorld } from '../../lib/supervisor/world.ts';
import { programSpec } from '../child/program.ts';
import { metricsIn } from '../helpers/exposition.ts';
import { assertGone } from '../helpers/left.ts';
import { until } from '../helpers/until.ts';
import { rowOf } from '../supervisor/watched.ts';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

async function ask(port: number, path: string, method = 'GET'): Promise<Answer> {
  const request = http.request({ host: '127.0.0.1', port, path, method, agent: false }).end();
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  return { status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text: await textOf(response) };
}

async function withServer(sources: HealthSources, use: (port: number, server: HealthServer) => Promise<void>): Promise<void> {
  const server = new HealthServer(sources);
  const { port, host } = await server.listen({ port: 0 });
  assert.equal(host, '127.0.0.1');
  try {
    await use(port, server);
  } finally {
    await server.close();
  }
}

const WELL = { isStopping: false, types: [] };

describe('health over HTTP', () => {
  it('follows the instances: not ready while they start, when one is missing, and once it stops', async () => {
    const supervisor = new Supervisor(realWorld(starterInto()));
    const metrics = new Metrics(supervisor);
    const state = { isStopping: false };
    const sources = { condition: () => conditionOf(supervisor, state.isStopping, type => (type === 'fork' ? 2 : 1)), metrics: () => metrics.text() };
    const restart = { when: 'never', intensity: 3, period: 60_000, backoff: 60_000, maxBackoff: 60_000 } as const;
    const spec = programSpec('fork', 'ready', { restart });
    const pids = new Set<number>();
    supervisor.on('change', ({ pid }) => void pids.add(pid));
    await withServer(sources, async port => {
      supervisor.want([rowOf(spec, 2)]);
      assert.equal((await ask(port, '/livez')).status, 200);
      await until(async () => (await ask(port, '/readyz')).status === 200);
      assert.equal((await ask(port, '/readyz?verbose')).text, '[+]running ok\n[+]fork ok: 2 of 2 ready\nreadyz check passed\n');
      assert.equal(metricsIn((await ask(port, '/metrics')).text).get('brood_instances{type="fork",state="ready"}'), 2);
      const [first] = supervisor.instances();
      assert.ok(first);
      process.kill(first.pid, 'SIGKILL');
      await until(async () => (await ask(port, '/readyz')).status === 503);
      const { missing } = JSON.parse((await ask(port, '/readyz')).text) as { readonly missing: unknown };
      assert.deepEqual(missing, [{ type: 'fork', ready: 1, needed: 2 }]);
      assert.equal((await ask(port, '/readyz?exclude=fork')).status, 200);
      state.isStopping = true;
      assert.equal((await ask(port, '/livez')).status, 503);
      assert.equal((await ask(port, '/readyz?exclude=fork')).status, 503);
      state.isStopping = false;
      // Nothing is wanted, nothing is missing.
      supervisor.want([rowOf(spec, 0)]);
      assert.equal((await ask(port, '/readyz')).status, 200);
    });
    supervisor.hurry();
    await until(() => supervisor.instances().length === 0);
    supervisor.dispose();
    await assertGone([...pids].filter(pid => pid > 0));
  });

  it('answers HEAD without a body, and refuses what it does not have', () =>
    withServer({ condition: () => WELL }, async port => {
      assert.deepEqual(await ask(port, '/livez', 'HEAD'), { status: 200, type: 'text/plain; charset=utf-8', text: '' });
      assert.equal((await ask(port, '/livez', 'POST')).status, 405);
      assert.equal((await ask(port, '/')).status, 404);
      assert.equal((await ask(port, '/metrics')).status, 404);
      assert.equal((await ask(port, '/livez/')).status, 404);
    }));

  it('has only metrics where nobody asked for more, in the type that Prometheus expects', () =>
    withServer({ metrics: () => Promise.resolve('x 1\n') }, async port => {
      assert.deepEqual(await ask(port, '/metrics'), { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', text: 'x 1\n' });
      assert.equal((await ask(port, '/readyz')).status, 404);
    }));

  it('lives on when its metrics fail', () =>
    withServer({ metrics: () => Promise.reject(new Error('no figures today')) }, async port => {
      assert.equal((await ask(port, '/metrics')).status, 500);
      assert.equal((await ask(port, '/metrics')).status, 500);
    }));

  it('lives on whatever a client writes, and lets nobody have more than a few connections', () =>
    withServer({ condition: () => WELL }, async port => {
      const junk = net.connect(port, '127.0.0.1');
      junk.write('\0\0\0 nonsense\r\n\r\n');
      junk.resume();
      await once(junk, 'close');
      const idle = Array.from({ length: 100 }, () => net.connect(port, '127.0.0.1').on('error', () => {}));
      await until(() => idle.filter(socket => socket.destroyed || socket.closed).length >= 36, { what: 'what is too much to be closed' });
      for (const socket of idle) socket.destroy();
      await until(async () => (await ask(port, '/livez')).status === 200);
    }));

  it('says who has its port', () =>
    withServer({ condition: () => WELL }, async port => {
      await assert.rejects(new HealthServer({ condition: () => WELL }).listen({ port }), { code: 'BROOD_PORT_IN_USE' });
      await assert.rejects(new HealthServer({ condition: () => WELL }).listen({ port: 0, host: 'no.such.host.invalid' }), { code: 'BROOD_LISTEN_FAILED' });
    }));
});

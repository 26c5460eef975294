/** The ports for health and metrics follow the configuration. */
import assert from 'node:assert/strict';
import { HealthPorts } from '../../lib/daemon/health-ports.ts';
import { freePort } from '../helpers/ports.ts';
import { portClosed, portOpen } from '../helpers/until.ts';

async function withPorts(use: (ports: HealthPorts) => Promise<void>): Promise<void> {
  const ports = new HealthPorts({ condition: () => ({ isStopping: false, types: [] }), metrics: () => Promise.resolve('x 1\n') });
  try {
    await use(ports);
  } finally {
    await ports.close();
  }
}

const status = async (port: number, path: string): Promise<number> => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  await response.text();
  return response.status;
};

describe('the ports for health and metrics', () => {
  it('are none, two, or one for both', () =>
    withPorts(async ports => {
      await ports.apply({});
      assert.equal(ports.addresses.length, 0);
      await ports.apply({ health: { port: 0 }, metrics: { port: 0 } });
      const [health, metrics] = ports.addresses;
      assert.ok(health && metrics);
      assert.deepEqual([await status(health.port, '/livez'), await status(health.port, '/metrics')], [200, 404]);
      assert.deepEqual([await status(metrics.port, '/livez'), await status(metrics.port, '/metrics')], [404, 200]);
      const port = await freePort();
      await ports.apply({ health: { port }, metrics: { port } });
      assert.deepEqual(ports.addresses, [{ port, host: '127.0.0.1' }]);
      assert.deepEqual([await status(port, '/readyz'), await status(port, '/metrics')], [200, 200]);
      await portClosed(health.port);
    }));

  it('stay open when they are named again, and go from one use to both', () =>
    withPorts(async ports => {
      const port = await freePort();
      await ports.apply({ health: { port } });
      await ports.apply({ health: { port } });
      await portOpen(port);
      await ports.apply({ health: { port }, metrics: { port } });
      assert.equal(await status(port, '/metrics'), 200);
      await ports.apply({ metrics: { port } });
      assert.deepEqual([await status(port, '/livez'), await status(port, '/metrics')], [404, 200]);
    }));

  it('stay as they were when one cannot be opened', () =>
    withPorts(async ports => {
      const port = await freePort();
      await ports.apply({ health: { port } });
      await withPorts(async others => {
        await others.apply({ metrics: { port: 0 } });
        const taken = others.addresses[0]?.port ?? 0;
        await assert.rejects(ports.apply({ health: { port }, metrics: { port: taken } }), { code: 'BROOD_PORT_IN_USE' });
      });
      assert.equal(await status(port, '/livez'), 200);
    }));

  it('are open again, as they were, when one that was closed for another one is named anew', () =>
    withPorts(async ports => {
      const port = await freePort();
      await ports.apply({ health: { port } });
      await withPorts(async others => {
        await others.apply({ metrics: { port: 0 } });
        const taken = others.addresses[0]?.port ?? 0;
        await assert.rejects(ports.apply({ health: { port: taken }, metrics: { port } }), { code: 'BROOD_PORT_IN_USE' });
      });
      assert.deepEqual(ports.addresses, []);
      await ports.apply({ health: { port } });
      assert.equal(await status(port, '/livez'), 200);
    }));
});

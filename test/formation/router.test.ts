/** Routers as processes: in front of programs that know nothing of them, under load, killed, replaced, drained. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { launch, type Running } from '../../lib/cluster/launch.ts';
import { settle } from '../../lib/cluster/options.ts';
import type { EntryBoot } from '../../lib/entries.ts';
import { followBackends } from '../../lib/formation/backends.ts';
import { ROUTER, routerPart } from '../../lib/formation/router-spec.ts';
import { processesPart, type Household } from '../../lib/formation/specs.ts';
import type { Instance } from '../../lib/model.ts';
import { assertGone } from '../helpers/left.ts';
import { load } from '../helpers/load.ts';
import { freePort, freePorts } from '../helpers/ports.ts';
import { until } from '../helpers/until.ts';
import { DIRECTORY } from './running.ts';

interface Front {
  readonly running: Running;
  readonly port: number;
  readonly ready: (type: string) => readonly Instance[];
  readonly scale: (type: string, quantity: number) => Promise<unknown>;
}

interface Setting {
  readonly instances?: number;
  readonly routers?: number;
  readonly drainTimeout?: number;
  readonly entry?: Partial<EntryBoot>;
}

async function withFront(setting: Setting, use: (front: Front) => Promise<void>): Promise<void> {
  const { instances = 2, routers = 1, drainTimeout = 5_000 } = setting;
  const port = await freePort();
  const entries: readonly EntryBoot[] = [{ entry: 'web', protocol: 'http', port, host: '127.0.0.1', ...setting.entry }];
  const web = { command: 'exec node serves.js', port: await freePorts(8), entry: {}, drainTimeout: 3_000, killTimeout: 2_000 };
  const settings = settle({ baseDir: DIRECTORY, lock: false, signals: false, logger: false }, { type: 'app', bare: true });
  const running = await launch(settings, {
    hands: () => ({ stop: () => {}, reload: () => {} }),
    message: () => {},
    beside: meeting => {
      const household: Household = { ...settings, ...meeting, flags: [] };
      const parts = [processesPart({ web }, household), routerPart(entries, household, { drainTimeout, killTimeout: 2_000 })];
      return {
        parts,
        quantities: [
          ['web', instances],
          [ROUTER, routers],
        ],
      };
    },
    begin({ supervisor }) {
      const portOf = ({ port: own }: Instance): number | undefined => own;
      followBackends(supervisor, { entries, portOf }, (id, message) => supervisor.childOf(id)?.send(message));
    },
  });
  const { supervisor, crew } = running;
  const pids = new Set(supervisor.instances().map(({ pid }) => pid));
  supervisor.on('change', ({ pid }) => void (pid > 0 && pids.add(pid)));
  try {
    await use({
      running,
      port,
      ready: type => supervisor.instances().filter(instance => instance.type === type && instance.state === 'ready'),
      scale: (type, quantity) => crew.scale(new Map([[type, quantity]])),
    });
  } finally {
    await crew.close();
    await assertGone([...pids]);
  }
}

const get = async (port: number, path = '/'): Promise<string> => {
  const request = http.get({ host: '127.0.0.1', port, path, agent: false });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return `${response.statusCode} ${text}`;
};

describe('a router in front of commands', () => {
  it('loses no request while one is killed and replaced, and while their number changes', async () => {
    await withFront({ instances: 2 }, async ({ port, ready, scale }) => {
      await until(() => get(port).then(text => text.startsWith('200')));
      const clients = [load({ host: '127.0.0.1', port }), load({ host: '127.0.0.1', port }, { keepAlive: false, clients: 2 })];
      const answered = (): number => clients.reduce((sum, { soFar }) => sum + soFar().answered, 0);
      const more = async (): Promise<void> => {
        const before = answered();
        await until(() => answered() > before + 100);
      };
      await more();
      const [doomed] = ready('web');
      process.kill(doomed?.pid ?? 0, 'SIGKILL');
      await until(() => ready('web').length === 2 && !ready('web').some(({ id }) => id === doomed?.id));
      // Only what may be done twice is sent again after a kill.
      clients.push(load({ host: '127.0.0.1', port, method: 'POST' }));
      for (const quantity of [1, 4, 2]) {
        await more();
        await scale('web', quantity);
        const names = new Set<string>();
        await until(async () => names.add(await get(port)).size >= quantity, { what: `answers of ${quantity}` });
      }
      await more();
      for (const client of clients) {
        const { failed, answers } = await client.stop();
        assert.deepEqual(failed, []);
        assert.ok(answers.size >= 4, 'all have answered');
      }
    });
  });

  it('is replaced when it is killed, and who connects meanwhile waits', async () => {
    await withFront({ instances: 1 }, async ({ port, ready }) => {
      const [old] = ready(ROUTER);
      process.kill(old?.pid ?? 0, 'SIGKILL');
      assert.match(await get(port), /^200 \d+$/);
      await until(() => ready(ROUTER).length === 1);
      assert.notEqual(ready(ROUTER)[0]?.id, old?.id);
    });
  });

  it('stands side by side with others, and each is replaced under load without a loss', async () => {
    await withFront({ instances: 2, routers: 2 }, async ({ port, running, ready }) => {
      const clients = load({ host: '127.0.0.1', port });
      await until(() => clients.soFar().answered > 50);
      await running.crew.reload({ only: [ROUTER] });
      const { answered } = clients.soFar();
      await until(() => clients.soFar().answered > answered + 50);
      assert.deepEqual((await clients.stop()).failed, []);
      assert.equal(ready(ROUTER).length, 2);
    });
  });

  it('finishes requests when everything ends, and cuts tunnels at the end of its time', async () => {
    const answers: string[] = [];
    await withFront({ instances: 1, drainTimeout: 600 }, async ({ port }) => {
      const tunnel = net.connect(port, '127.0.0.1');
      tunnel.on('error', () => {});
      tunnel.on('close', () => answers.push('the tunnel is cut'));
      tunnel.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      const [hello] = (await once(tunnel, 'data')) as [Buffer];
      assert.match(hello.toString(), /^HTTP\/1\.1 101 /);
      // No word of ours may come in between what it carries.
      tunnel.on('data', () => answers.push('something was said to the tunnel'));
      void get(port, '/slow').then(text => answers.push(text));
      await until(() => get(port));
    });
    assert.match(answers[0] ?? '', /^200 \d+$/);
    assert.deepEqual(answers.slice(1), ['the tunnel is cut']);
  });

  it('says which port is taken', async () => {
    const taken = net.createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    assert.ok(typeof address === 'object' && address !== null);
    const entry = { port: address.port };
    try {
      await assert.rejects(
        withFront({ instances: 1, entry }, () => Promise.resolve()),
        { code: 'BROOD_PORT_IN_USE', message: new RegExp(`127\\.0\\.0\\.1:${address.port}`) },
      );
    } finally {
      taken.close();
    }
  });
});

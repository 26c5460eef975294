/** createApp(): agent and application in the process of a test. */
import assert from 'node:assert/strict';
import cluster from 'node:cluster';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Agent, Application } from '../../lib/app/application.ts';
import { createApp, type TestApp, type TestAppOptions } from '../../lib/testing/index.ts';
import { example } from '../helpers/cluster.ts';
import { fixture } from '../helpers/paths.ts';
import { inTime, until } from '../helpers/until.ts';

const baseDir = fixture('apps', 'tested');

interface Config {
  greeting: string;
  name: string;
}
interface Actions {
  note: number;
  here: string;
  where: number;
  slow: undefined;
  echo: unknown;
}
type TestedApp = Application<Config, Actions> & { readonly seen: string[]; readonly slow: { end(text: string): void }; readonly second: net.Server };
type TestedAgent = Agent<Config, Actions> & { readonly told: number[] };
type Tested = TestApp<TestedApp, TestedAgent>;

const withApp = async <Result>(use: (app: Tested) => Promise<Result>, options: TestAppOptions = {}): Promise<Result> => {
  const app = await createApp<TestedApp, TestedAgent>({ baseDir, ...options });
  try {
    return await use(app);
  } finally {
    await app.close();
  }
};

const body = async (app: { readonly url: string }, path = '/'): Promise<Record<string, unknown>> =>
  (await (await fetch(`${app.url}${path}`)).json()) as Record<string, unknown>;

const portIsFree = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(false)).once('error', () => resolve(true));
    socket.once('connect', () => socket.destroy());
  });

const codeOf = (code: string) => (error: unknown) => error instanceof Error && 'code' in error && error.code === code;

describe('createApp()', () => {
  it('runs every phase of agent and application in the order of real processes', async () => {
    const { phases } = await withApp(app => app.import<{ readonly phases: string[] }>('./phases.js'));
    const boot = ['constructor', 'configWillLoad', 'configDidLoad', 'didLoad', 'willReady', 'didReady'];
    assert.deepEqual(phases.splice(0), [
      ...boot.map(phase => `agent ${phase}`),
      ...boot.map(phase => `application ${phase}`),
      'agent serverDidReady',
      'application serverDidReady',
      'application beforeClose',
      'agent beforeClose',
    ]);
  });

  it('serves with the configuration of unittest', () =>
    withApp(async app => {
      assert.deepEqual(await body(app), { env: 'unittest', greeting: 'hello from a test', id: 2, name: 'nobody', extra: false });
      assert.deepEqual(app.application.seen, ['server', 'listening']);
    }));

  it('lays the options config and plugins over the files', () =>
    withApp(
      async app => {
        assert.deepEqual(await body(app), { env: 'prod', greeting: 'hello', id: 2, name: 'somebody', extra: true });
        assert.equal(app.config.name, 'somebody');
      },
      { env: 'prod', config: { name: 'somebody' }, plugins: { extra: true } },
    ));

  it('keeps several applications apart', () =>
    withApp(
      one =>
        withApp(
          async other => {
            await other.application.messenger.sendToAgent('note', 4);
            await until(() => other.agent.told.length === 4);
            assert.equal((await body(one))['name'], 'one');
            assert.equal((await body(other))['name'], 'other');
            assert.deepEqual(one.agent.told, [1, 2, 3]);
          },
          { config: { name: 'other' } },
        ),
      { config: { name: 'one' } },
    ));

  it('takes nothing of the process over', async () => {
    const listening = (): Record<string, number> =>
      Object.fromEntries(
        ['uncaughtException', 'unhandledRejection', 'SIGTERM', 'SIGINT', 'SIGHUP', 'message', 'disconnect'].map(name => [name, process.listenerCount(name)]),
      );
    const before = { title: process.title, getServer: Reflect.get(cluster, '_getServer') as unknown, ...listening() };
    await withApp(app =>
      Promise.resolve(assert.deepEqual({ title: process.title, getServer: Reflect.get(cluster, '_getServer') as unknown, ...listening() }, before, app.url)),
    );
  });

  it('leaves other servers of the process alone', () =>
    withApp(async app => {
      const mine = net.createServer().listen(0, '127.0.0.1');
      await inTime(new Promise(resolve => mine.once('listening', resolve)));
      await app.close();
      assert.equal(mine.listening, true);
      assert.equal(mine.listenerCount('connection'), 0);
      mine.close();
    }));

  it('closes servers that the application has opened by itself', async () => {
    const server = await withApp(
      async app => {
        assert.deepEqual(app.application.seen, ['server', 'server', 'listening', 'listening']);
        return app.application.second;
      },
      { config: { second: true } },
    );
    assert.equal(server.listening, false);
  });

  it('finishes a request that has begun before it closes', () =>
    withApp(async app => {
      const answer = fetch(`${app.url}/slow`);
      await app.messenger.waitForMessage('slow');
      const { slow } = app.application;
      const closed = app.close();
      slow.end('at last');
      assert.equal(await (await answer).text(), 'at last');
      await closed;
    }));

  it('gives its port back, though a client keeps its connection alive', async () => {
    const port = await withApp(async app => {
      await body(app);
      return app.port;
    });
    assert.equal(await portIsFree(port), true);
  });

  it('rejects with the error of a hook, and leaves nothing', async () => {
    const { phases } = await withApp(app => app.import<{ readonly phases: string[] }>('./phases.js'));
    phases.length = 0;
    await assert.rejects(createApp({ baseDir, config: { boot: 'fail' } }), (error: Error) => {
      assert.ok(codeOf('BROOD_HOOK_FAILED')(error), String(error));
      assert.equal((error.cause as Error).message, 'this application does not boot');
      return true;
    });
    assert.deepEqual(phases.slice(-2), ['application beforeClose', 'agent beforeClose']);
  });

  it('refuses an application on egg, and says what tests it', () =>
    assert.rejects(createApp({ baseDir: fixture('egg', 'minimal-app'), framework: fixture('egg', 'minimal') }), {
      code: 'BROOD_TEST_EGG',
      hint: /createCluster\(\)/,
    }));

  it('removes what earlier runs have left, when it is told to', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'brood-clean-'));
    writeFileSync(join(directory, 'app.mjs'), 'export default () => (request, response) => response.end();');
    for (const name of ['logs', 'run', 'data']) mkdirSync(join(directory, name));
    const app = await createApp({ baseDir: directory, clean: true });
    await app.close();
    assert.deepEqual(readdirSync(directory).toSorted(), ['app.mjs', 'data']);
    rmSync(directory, { recursive: true });
  });

  it('names what it waits for when the start takes too long', () =>
    assert.rejects(createApp({ baseDir, startTimeout: 300, config: { boot: 'hang' } }), (error: Error) => {
      assert.ok(codeOf('BROOD_START_TIMEOUT')(error), String(error));
      assert.match(error.message, /app was not ready after 300 ms; it waits in: willReady of app\.js/);
      return true;
    }));

  it('refuses an option that it does not know, with the one that was meant', () =>
    // @ts-expect-error -- the very mistake
    assert.rejects(createApp({ baseDir, conifg: {} }), { code: 'BROOD_OPTION_UNKNOWN', hint: 'Did you mean "config"?' }));

  it('says where it was closed when it is used after that', async () => {
    const app = await createApp({ baseDir });
    await app.close();
    assert.throws(
      () => app.httpRequest(),
      (error: Error) => {
        assert.ok(codeOf('BROOD_TEST_CLOSED')(error), String(error));
        assert.match(
          error.message,
          /^url was used after close\(\), which was called at \S+create-app\.test\.js:\d+; it was opened by createApp\(\) at \S+create-app\.test\.js:\d+$/,
        );
        return true;
      },
    );
    assert.equal(await app.close(), undefined);
  });

  it('is closed by `await using`', async () => {
    const app = await createApp({ baseDir });
    const { port } = app;
    await app[Symbol.asyncDispose]();
    assert.equal(await portIsFree(port), true);
  });

  for (const name of ['http', 'express', 'fastify', 'hono', 'koa', 'nest-express', 'nest-fastify']) {
    it(`serves examples/${name}`, async () => {
      const app = await createApp({ baseDir: example(name) });
      try {
        await app.httpRequest().get('/').expect(200);
      } finally {
        await app.close();
      }
    });
  }

  it('serves over TLS with the option https', () =>
    withApp(
      async app => {
        assert.match(app.url, /^https:/);
        await app.httpRequest().get('/').expect(200);
      },
      { https: { key: fixture('tls', 'key.pem'), cert: fixture('tls', 'cert.pem') } },
    ));
});

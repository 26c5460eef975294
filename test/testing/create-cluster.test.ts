/** createCluster(): an application in real processes, for a test. */
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp, createCluster, type TestCluster } from '../../lib/testing/index.ts';
import { example } from '../helpers/cluster.ts';
import { alive, assertGone } from '../helpers/left.ts';
import { fixture } from '../helpers/paths.ts';
import { freePort } from '../helpers/ports.ts';

const baseDir = fixture('apps', 'tested');

describe('createCluster()', () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await createCluster({ baseDir, config: { name: 'a cluster' } });
  });
  after(() => cluster.close());

  const pids = (type: string): readonly number[] =>
    cluster
      .instances()
      .filter(instance => instance.type === type && instance.state === 'ready')
      .map(({ pid }) => pid);

  it('starts an agent and two workers with the configuration of unittest', async () => {
    assert.deepEqual([pids('agent').length, pids('app').length], [1, 2]);
    assert.ok(cluster.port > 0);
    const { body } = await cluster.httpRequest().get('/').expect(200);
    assert.deepEqual(body, { env: 'unittest', greeting: 'hello from a test', id: body.id, name: 'a cluster', extra: false });
  });

  it('sees the messages of all processes, held ones too', async () => {
    const notes = [];
    for (let count = 0; count < 6; count++) notes.push(await cluster.messenger.waitForMessage('note'));
    assert.deepEqual(notes.map(({ from, to, data }) => `${from} → ${to}: ${String(data)}`).toSorted(), [
      'app.1 → agent: 1',
      'app.1 → agent: 2',
      'app.1 → agent: 3',
      'app.2 → agent: 1',
      'app.2 → agent: 2',
      'app.2 → agent: 3',
    ]);
    assert.ok(cluster.messenger.sent.every(({ action }) => !action.startsWith('brood')));
  });

  it('sees what the master sends and is sent, which is no event of the test kit', async () => {
    const messages: unknown[] = [];
    cluster.cluster.on('message', message => messages.push(message));
    assert.equal(await cluster.master.request('agent', 'echo', 'hello'), 'hello');
    const { from, to, kind } = await cluster.messenger.waitForMessage('echo');
    assert.deepEqual({ from, to, kind }, { from: 'master', to: 'agent', kind: 'request' });
    assert.deepEqual(messages, []);
  });

  it('runs a module in every worker, and takes back what it has mocked there', async () => {
    const greeting = async (): Promise<unknown> => (await cluster.httpRequest().get('/')).body.greeting;
    const answers = await cluster.run<{ readonly slot: number; readonly pid: number }>('name-worker.js', 'mocked');
    assert.deepEqual(
      answers.map(({ slot }) => slot),
      [1, 2],
    );
    assert.deepEqual(new Set(answers.map(({ pid }) => pid)), new Set(pids('app')));
    assert.equal(await greeting(), 'mocked');
    await cluster.restore();
    assert.equal(await greeting(), 'hello from a test');
    assert.equal((await cluster.runInAgent<{ readonly pid: number }>('name-worker.js')).pid, pids('agent')[0]);
  });

  it('rejects with the error of such a module', () =>
    assert.rejects(cluster.run('name-worker.js', 'throw'), { code: 'BROOD_REQUEST_FAILED', message: /the module throws/ }));

  it('crashes a worker, and is back when another one serves', async () => {
    const [, second] = pids('app');
    const { death, instance } = await cluster.crashWorker(2);
    assert.deepEqual([death.pid, death.reason, instance.slot], [second, 'uncaughtException', 2]);
    assert.deepEqual(pids('app').includes(instance.pid), true);
    assert.equal(pids('app').length, 2);
    await cluster.stderr.waitFor(/app\.2 is ready/);
    cluster.expectLog('crashed by crashWorker() of a test');
    cluster.notExpectLog('crashed by somebody else');
  });

  it('kills a worker and the agent with the signal that it is given', async () => {
    const worker = await cluster.killWorker();
    assert.deepEqual([worker.death.signal, worker.instance.slot], ['SIGKILL', 1]);
    const gentle = await cluster.killWorker('SIGTERM', 1);
    assert.deepEqual([gentle.death.reason, gentle.death.pid], ['SIGTERM', worker.instance.pid]);
    const agent = await cluster.killAgent();
    assert.equal(agent.instance.type, 'agent');
    assert.equal(await cluster.master.request('agent', 'echo', 'you are new'), 'you are new');
  });

  it('runs a schedule in a worker, where there are any', () => assert.rejects(cluster.runSchedule('no-such-schedule'), { code: 'BROOD_REQUEST_FAILED' }));

  it('refuses a slot that no worker has', () => assert.rejects(cluster.killWorker('SIGTERM', 9), { code: 'BROOD_TEST_NOT_REPLACED', message: /^app\.9 / }));
});

describe('a cluster of a test', () => {
  it('leaves no process behind, and says where it was closed', async () => {
    const cluster = await createCluster({ baseDir, workers: 1 });
    const pids = cluster.instances().map(({ pid }) => pid);
    assert.ok(pids.every(alive));
    await cluster.close();
    await assertGone(pids, 0);
    assert.throws(() => cluster.instances(), {
      code: 'BROOD_TEST_CLOSED',
      message: /^instances\(\) was used .*create-cluster\.test\.js:\d+.* createCluster\(\) at /,
    });
  });

  it('keeps what its processes write, and tells what it said when it does not say it', async () => {
    const cluster = await createCluster({ baseDir: example('testing/shop'), workers: 1, config: { logger: { level: 'info' } } });
    try {
      await cluster.run('../../../fixtures/apps/tested/says-hello.js');
      const [line, name] = await cluster.stdout.waitFor(/^hello from (app\.\d)$/m);
      assert.deepEqual([line, name], ['hello from app.1', 'app.1']);
      await assert.rejects(cluster.stdout.waitFor('good bye', { within: 20 }), {
        code: 'BROOD_TEST_NO_OUTPUT',
        message: /^stdout said nothing that matches good bye within 20 ms, waited for at \S+create-cluster\.test\.js:\d+$/,
        hint: 'Last came:\n    hello from app.1',
      });
      cluster.mockLog();
      assert.equal(cluster.stdout.text, '');
    } finally {
      await cluster.close();
    }
  });

  it('is told which test holds its port', async () => {
    const app = await createApp({ baseDir });
    try {
      await assert.rejects(createCluster({ baseDir, port: app.port }), {
        code: 'BROOD_TEST_PORT_IN_USE',
        message: new RegExp(`^port ${app.port} is held by createApp\\(\\) at \\S+create-cluster\\.test\\.js:\\d+, which is still open$`),
      });
    } finally {
      await app.close();
    }
  });

  it('is requested on a unix socket', async () => {
    const path = join(tmpdir(), `brood-kit-${process.pid}.sock`);
    const cluster = await createCluster({ baseDir, path, workers: 1 });
    try {
      await cluster
        .httpRequest()
        .get('/')
        .expect(200, /hello from a test/);
      assert.equal(cluster.port, 0);
    } finally {
      await cluster.close();
    }
  });

  it('of a script is requested and killed, and says what it cannot do', async () => {
    const cluster = await createCluster({ baseDir: fixture('scripts'), script: 'listens.js', workers: 1, port: await freePort() });
    try {
      await cluster.httpRequest().get('/').expect(200);
      await cluster.killWorker();
      await assert.rejects(cluster.crashWorker(), { code: 'BROOD_TEST_INSIDE', message: /^crashWorker\(\) needs an application of hooks/ });
      await cluster.restore();
    } finally {
      await cluster.close();
    }
  });

  it('of an application on egg is requested and killed, and says what it cannot do', async () => {
    const cluster = await createCluster({ baseDir: fixture('egg', 'minimal-app'), framework: fixture('egg', 'minimal'), workers: 1 });
    try {
      const { text } = await cluster.httpRequest().get('/').expect(200);
      const { options }: { readonly options: Readonly<Record<string, unknown>> } = JSON.parse(text);
      assert.deepEqual([options['env'], options['plugins'], options['output']], ['unittest', null, undefined]);
      await cluster.killWorker();
      await cluster.httpRequest().get('/').expect(200);
      await assert.rejects(cluster.run('x.js'), { code: 'BROOD_TEST_INSIDE' });
    } finally {
      await cluster.close();
    }
  });

  it('rejects with the error of the application when it does not boot', () =>
    assert.rejects(createCluster({ baseDir, config: { boot: 'fail' }, restart: { intensity: 0 } }), {
      code: 'BROOD_START_FAILED',
      message: /this application does not boot/,
    }));
});

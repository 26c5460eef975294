/** What a configuration says of each process is what exporters are given. */
import assert from 'node:assert/strict';
import { exportedApp } from '../../lib/daemon/exported-app.ts';
import type { ExportChoice } from '../../lib/daemon/exported-app.ts';
import { resourcesOf } from '../../lib/formation/exporters/platform.ts';
import { readPlan } from '../../lib/daemon/read-plan.ts';
import { withFiles } from '../helpers/files.ts';

const CHOICE: ExportChoice = { place: 'host', environment: {} };

/** The application of a configuration, with the path of its directory as "." */
async function exported(config: unknown, choice: Partial<ExportChoice> = {}, files: Readonly<Record<string, string>> = {}) {
  return withFiles({ 'brood.config.json': JSON.stringify(config), ...files }, async ({ directory }) => {
    const { app, notes } = exportedApp(await readPlan({ options: { baseDir: directory, port: 7001 }, command: 'export' }), { ...CHOICE, ...choice });
    const processes = app.processes.map(one => ({ ...one, cwd: one.cwd.replace(directory, '.') }));
    return { app: { ...app, baseDir: '.', processes }, notes };
  });
}

const CLUSTER = { 'app.js': '' };
const WORKER = { command: 'python3 jobs.py' };

describe('an application for exporters', () => {
  it('has each command as it is written, with its own variables, port, times and directory', async () => {
    const tcp = { tcpSocket: { port: 9000 } };
    const search = {
      command: 'a | b',
      instances: 3,
      port: 9000,
      cwd: 'tools',
      env: { A: 'b', N: 1, GONE: null },
      after: 'worker',
      drainTimeout: '2s',
      probes: { readiness: tcp },
    };
    const { app, notes } = await exported(
      { name: 'shop', env: { TOP: 'x', OUT: null }, processes: { search, worker: { ...WORKER, restart: { when: 'never' } } } },
      { user: 'www', image: 'shop:42', environment: { TZ: 'UTC' } },
    );
    const readiness = {
      check: { kind: 'tcp', port: 9000, host: '127.0.0.1' },
      initialDelay: 0,
      period: 10_000,
      timeout: 1000,
      successThreshold: 1,
      failureThreshold: 3,
    };
    const common = { isEntry: false, killTimeout: 5000 };
    assert.deepEqual(app, {
      name: 'shop',
      baseDir: '.',
      user: 'www',
      image: 'shop:42',
      environment: { TZ: 'UTC', TOP: 'x' },
      processes: [
        {
          ...common,
          type: 'search',
          command: 'a | b',
          instances: 3,
          env: { A: 'b', N: '1' },
          cwd: './tools',
          port: 9000,
          drainTimeout: 2000,
          restart: 'always',
          after: ['worker'],
          probes: { readiness },
        },
        { ...common, type: 'worker', command: 'python3 jobs.py', instances: 1, env: {}, cwd: '.', drainTimeout: 5000, restart: 'never', after: [] },
      ],
    });
    assert.deepEqual(notes, [
      'shop: OUT, which is taken away from it here, is not given to it',
      'search: GONE, which is taken away from it here, is not given to it',
    ]);
  });

  it('has modules as words for their interpreter: by its path on this machine, by its name in an image', async () => {
    const processes = {
      admin: { module: 'my admin.js', args: ['--x', 'a b'], execArgv: ['--no-warnings'] },
      search: { module: './s.py', interpreter: 'python3', cwd: 'py' },
    };
    const lines = async (place: ExportChoice['place']) => (await exported({ processes }, { place })).app.processes.map(({ command }) => command);
    assert.deepEqual(await lines('image'), ["exec node --no-warnings './my admin.js' --x 'a b'", 'exec python3 ./s.py']);
    assert.deepEqual(await lines('host'), [`exec ${process.execPath} --no-warnings './my admin.js' --x 'a b'`, 'exec python3 ./s.py']);
  });

  it('has a cluster as a master, which is the entry, on the port of the application', async () => {
    const { app } = await exported({ drainTimeout: 1000, killTimeout: 500 }, { place: 'image' }, CLUSTER);
    assert.deepEqual(app.processes, [
      {
        type: 'web',
        command: 'exec node_modules/.bin/brood start',
        instances: 1,
        env: {},
        cwd: '.',
        isEntry: true,
        drainTimeout: 1000,
        killTimeout: 500,
        restart: 'always',
        after: [],
        isMaster: true,
        port: 7001,
      },
    ]);
    assert.match((await exported({}, {}, CLUSTER)).app.processes[0]?.command ?? '', /^exec \S*node \/\S+\/bin\/brood\.cjs start$/);
  });

  it('without a cluster has "web" as the entry, and release as what runs once', async () => {
    const { app } = await exported({ type: 'app', processes: { web: { command: 'x', port: 8000 }, release: { command: 'make' } } });
    assert.deepEqual(
      app.processes.map(({ type, isEntry, isRelease = false }) => [type, isEntry, isRelease]),
      [
        ['web', true, false],
        ['release', false, true],
      ],
    );
  });

  it('leaves jobs to a master, which is told to leave out the others', async () => {
    const processes = { mailer: { module: 'm.js', kind: 'job' }, worker: { ...WORKER, after: 'mailer' } };
    const files = { ...CLUSTER, 'm.js': '' };
    const { app, notes } = await exported({ processes }, { place: 'image' }, files);
    assert.deepEqual(
      app.processes.map(({ type, command, after }) => [type, command, after]),
      [
        ['web', 'exec node_modules/.bin/brood start -x worker', []],
        ['worker', 'python3 jobs.py', ['web']],
      ],
    );
    assert.deepEqual(notes, ['mailer: needs a master, and is started by web']);
    const alone = await exported({ processes: { mailer: processes.mailer } }, { place: 'image' }, { 'm.js': '' });
    assert.deepEqual(
      alone.app.processes.map(({ type, command, isEntry, port }) => [type, command, isEntry, port]),
      [['brood', 'exec node_modules/.bin/brood start', false, undefined]],
    );
  });

  it('has what each waits for, and when it is ready: what is looked for as a probe that ends with the start', async () => {
    const processes = {
      web: { command: 'x', after: { migrate: 'completed', redis: 'ready', log: 'started' }, startTimeout: '20s' },
      migrate: { command: 'x' },
      redis: { command: 'x', ready: { tcp: 6379 }, startTimeout: '20s' },
      log: { command: 'x', ready: { line: '^up' } },
      admin: { module: 'admin.js' },
    };
    const { app, notes } = await exported({ type: 'app', processes });
    assert.deepEqual(
      app.processes.map(({ type, until, readyBy, restart }) => [type, until, readyBy, restart]),
      [
        ['web', { migrate: 'completed', log: 'started' }, undefined, 'always'],
        ['migrate', undefined, undefined, 'never'],
        ['redis', undefined, undefined, 'always'],
        ['log', undefined, 'line', 'always'],
        ['admin', undefined, 'message', 'always'],
      ],
    );
    const { startup } = app.processes[2]?.probes ?? {};
    assert.deepEqual([startup?.check, startup?.period, startup?.failureThreshold], [{ kind: 'tcp', port: 6379, host: '127.0.0.1' }, 1000, 20]);
    assert.deepEqual(
      notes.filter(note => note.includes('ready')),
      ['log: ready means something under Brood alone'],
    );
  });

  it('comes with what means something under Brood alone', async () => {
    const processes = {
      a: { module: 'a.ts', instances: 2, port: 9000, nice: 5, maxMemory: '1gb', restart: { when: 'on-failure', intensity: 2, backoff: 1 } },
      b: { command: 'x', instances: 'auto' },
    };
    const { notes } = await exported({ processes });
    assert.deepEqual(notes.slice(0, 3), [
      'a: nice, maxMemory.soft, restart.intensity and restart.backoff mean something under Brood alone',
      'a: its instances share the port 9000 here; apart each has its own, from 9000 on',
      'a: the Node.js that runs it has to know TypeScript (22.18 and later do)',
    ]);
    assert.match(notes[3] ?? '', /^b: instances "auto" is \d+ on this machine$/);
  });

  const told = async (files: Readonly<Record<string, string>>, place: ExportChoice['place'] = 'image') =>
    withFiles(files, async ({ directory }) =>
      exportedApp(await readPlan({ options: { baseDir: directory, env: 'prod' }, command: 'export' }), { place, environment: {} }),
    );

  it('is a Procfile without its balancer, and with its release', async () => {
    const { app, notes } = await told({ Procfile: 'web: exec a\nworker: exec b\nrelease: make x\n' });
    assert.deepEqual(
      app.processes.map(({ type, command, port, isEntry, isRelease = false }) => [type, command, port, isEntry, isRelease]),
      [
        ['web', 'exec a', 5000, true, false],
        ['worker', 'exec b', 5100, false, false],
        ['release', 'make x', undefined, false, true],
      ],
    );
    assert.deepEqual(notes, []);
    const several = await told(
      { 'app_desc.yaml': 'spec_version: 2\nmodule: { language: Go, processes: { web: { command: exec a, replicas: 2 } } }\n' },
      'host',
    );
    assert.deepEqual(several.notes, ['web: nothing of Brood balances there: its instances have the ports from 5000 on, each its own']);
  });

  it('is an app_desc.yaml with what it says for the platform, and a note for each key that is left out', async () => {
    const text = `specVersion: 3
appVersion: '1'
app: { bkAppCode: shop, market: { introduction: x } }
module:
  name: main
  language: Go
  sourceDir: src
  spec:
    build: { image: registry/shop }
    processes:
      - name: web
        procCommand: exec ./shop
        resQuotaPlan: 4C2G
        autoscaling: { minReplicas: 2, maxReplicas: 4 }
        services:
          - { name: web, targetPort: '\${PORT}', port: 80, exposedType: { name: bk/http } }
          - { name: stats, targetPort: 9090 }
    configuration: { env: [{ name: LEVEL, value: info }] }
    addons: [{ name: mysql }]
    hooks: { preRelease: { procCommand: ./shop migrate } }
`;
    const { app, notes } = await told({ 'app_desc.yaml': text, 'src/x': '' });
    const [web, release, ...more] = app.processes;
    assert.deepEqual([more, app.image], [[], 'registry/shop']);
    assert.deepEqual(
      [web?.resources, web?.services, web?.autoscale, web?.instances],
      [
        { limits: { cpu: 4000, memory: 2048 }, requests: { cpu: 200, memory: 1024 } },
        [
          { name: 'web', port: 80, targetPort: 5000, protocol: 'TCP' },
          { name: 'stats', port: 9090, targetPort: 9090, protocol: 'TCP' },
        ],
        { min: 2, max: 4, cpu: 85 },
        2,
      ],
    );
    assert.deepEqual([release?.command, release?.env, release?.cwd.endsWith('/src'), release?.isRelease], ['./shop migrate', { LEVEL: 'info' }, true, true]);
    assert.deepEqual(notes.toSorted(), [
      'module main: addons is for the platform, and is not exported',
      'module main: of build the image alone is exported',
      'shop: app.market is for the platform, and is not exported',
      'shop: appVersion is for the platform, and is not exported',
      'web: the service web is bk/http there; what reaches it from outside is not exported',
    ]);
  });

  it('leaves what stands behind a balancer to the master, where there is one', async () => {
    const processes = { api: { ...WORKER, port: 9000, entry: true }, worker: WORKER };
    const { app } = await exported({ processes }, { place: 'image' }, CLUSTER);
    assert.deepEqual(
      app.processes.map(({ type, command }) => [type, command]),
      [
        ['web', 'exec node_modules/.bin/brood start -x worker'],
        ['worker', 'python3 jobs.py'],
      ],
    );
  });
});

describe('the plans of BlueKing', () => {
  it('are limits and requests', () => {
    const wanted: readonly (readonly [plan: string, ...figures: readonly number[]])[] = [
      ['Starter', 4000, 1024, 200, 256],
      ['4C1G5R', 4000, 1024, 200, 256],
      ['4C2G5R', 4000, 2048, 200, 1024],
      ['4C4G5R', 4000, 4096, 200, 2048],
      ['default', 4000, 1024, 200, 256],
      ['2C1G', 2000, 1024, 200, 256],
      ['1C1G', 1000, 1024, 200, 256],
    ];
    for (const [plan, ...figures] of wanted) {
      const found = resourcesOf(plan);
      assert.deepEqual([found?.limits.cpu, found?.limits.memory, found?.requests.cpu, found?.requests.memory], figures, plan);
    }
    assert.equal(resourcesOf('nine'), undefined);
  });
});

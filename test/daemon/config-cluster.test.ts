/** A process type that is the cluster means what the top of the file would mean. */
import assert from 'node:assert/strict';
import { exportedApp } from '../../lib/daemon/exported-app.ts';
import { checkApplication } from '../../lib/daemon/check.ts';
import { clusterAtTop } from '../../lib/daemon/config-cluster.ts';
import { CONFIG, configAgrees } from '../../lib/daemon/config-table.ts';
import { readConfig } from '../../lib/daemon/config-file.ts';
import { effectiveConfig } from '../../lib/daemon/effective.ts';
import { fixedChanges } from '../../lib/daemon/plan.ts';
import type { Plan } from '../../lib/daemon/plan.ts';
import { readPlan } from '../../lib/daemon/read-plan.ts';
import { BroodError } from '../../lib/errors.ts';
import { MOVED } from '../../lib/formation/config/cluster-agrees.ts';
import { validate } from '../../lib/formation/config/validate.ts';
import { bootOf, clusterPart, quantitiesOf } from '../../lib/cluster/specs.ts';
import type { ProcessSpec } from '../../lib/model.ts';
import type { Boot } from '../../lib/protocol.ts';
import { withFiles } from '../helpers/files.ts';
import { fixture } from '../helpers/paths.ts';

const MEETING = { mail: { prefix: '', secret: '', queueLimit: 0 }, port: 1, mode: 'held' } as const;
const HOOKS = { 'app.js': '', 'agent.js': '', 'api/app.js': '', 'api/agent.js': '', 'empty/x': '', 'package.json': '{ "name": "shop" }' };

const planOf = (directory: string, options = {}): Promise<Plan> => readPlan({ options: { baseDir: directory, ...options }, command: 'start' });

/** The plan of a configuration, with these flags. */
const planned = <Result>(config: unknown, use: (plan: Plan, directory: string) => Result | Promise<Result>, options = {}): Promise<Result> =>
  withFiles({ ...HOOKS, 'brood.config.json': JSON.stringify(config) }, async ({ directory }) => use(await planOf(directory, options), directory));

/** Every spec of an application, by its type. */
function specsOf(plan: Plan): Readonly<Record<string, ProcessSpec>> {
  const { parts, quantities } = plan.beside(MEETING);
  const counts = new Map([...quantitiesOf(plan.settings), ...quantities]);
  const rows = [clusterPart(plan.settings, MEETING), ...parts].flatMap(part => part.rows({ quantity: type => counts.get(type) ?? 0, generation: () => 1 }));
  return Object.fromEntries(rows.map(({ spec }) => [spec.type, spec]));
}

/** What an instance is told at its start. */
const bootOfSpec = (spec: ProcessSpec | undefined): Partial<Boot> => Object.assign({}, spec?.boot);

const WORKER = { command: 'python3 jobs.py' };

/** Each key that means the same at the top, with a value. */
const SAME = {
  port: 8080,
  spare: 1,
  surge: 2,
  startTimeout: '1s',
  drainTimeout: '2s',
  killTimeout: '3s',
  restart: { intensity: 1, backoff: '1s' },
  execPath: process.execPath,
  execArgv: ['--no-warnings'],
  cpuAffinity: [0],
  nice: 1,
  limits: { nofile: 1000 },
  canary: false,
  canaryTime: '1s',
  maxRequests: 10,
  maxAge: '1h',
  maxMemory: '1gb',
  restartCron: '0 4 * * *',
  jitter: 0.2,
  probes: { readiness: { http: ':8080/up' } },
  onCrashLoop: 'exit',
  autoscale: { min: 1, max: 3 },
};

describe('a process type that is the cluster', () => {
  it('is what the top of the file says otherwise, key by key', async () => {
    assert.deepEqual(Object.keys(SAME), [...MOVED]);
    const { drainTimeout: _drain, ...apart } = SAME;
    for (const [own, top] of [
      [{}, {}],
      [
        { instances: 4, ...SAME },
        { workers: 4, ...SAME },
      ],
      [apart, apart],
    ]) {
      const specs = await withFiles({ ...HOOKS }, async ({ directory, write }) => {
        const specsWith = async (config: unknown): Promise<unknown> => {
          write({ 'brood.config.json': JSON.stringify(config) });
          const plan = await planOf(directory);
          const all = { specs: specsOf(plan), settings: plan.settings, canaryTime: plan.canaryTime, types: plan.types };
          // What is handed on as it was given has the words in which it was given.
          return JSON.parse(JSON.stringify(all, (key, value: unknown) => (key === 'options' || key === 'given' ? undefined : value)));
        };
        return [await specsWith({ hostname: '::1', processes: { api: { cluster: '.', ...own } } }), await specsWith({ hostname: '::1', type: 'api', ...top })];
      });
      assert.deepEqual(specs[0], specs[1]);
    }
  });

  it('knows what to do with every key that a process type may have', () => {
    const fields = Object.keys(CONFIG['processes']?.names?.of.fields ?? {});
    const handled = new Set<string>([
      ...MOVED,
      'cluster',
      'instances',
      'env',
      'envFile',
      'after',
      'onExit',
      'maxInstances',
      'hangWarn',
      'hangKill',
      'ready',
      'entry',
    ]);
    const silent = fields.filter(key => {
      const { problems } = validate({ processes: { a: { cluster: '.', [key]: {} } } }, CONFIG, configAgrees);
      return !handled.has(key) && !problems.some(({ code }) => code === 'BROOD_CONFIG_CONFLICT');
    });
    assert.deepEqual(silent, []);
  });

  it('leaves a configuration alone that has none', () => {
    const config = { workers: 2, processes: { worker: WORKER } };
    assert.equal(clusterAtTop(config), config);
  });

  it('keeps what is its own from the types beside it', async () => {
    const web = {
      cluster: '.',
      env: { A: 'web', GONE: null },
      execArgv: ['--no-warnings'],
      hangKill: '3s',
      hangWarn: '2s',
      onExit: 'stop-on-failure',
      after: { migrate: 'completed', redis: 'started' },
    };
    const processes = { web, job: { module: 'job.js', kind: 'job' }, migrate: { command: 'true' }, redis: { command: 'redis-server' } };
    await planned({ env: { A: 'all', GONE: 'x' }, processes }, plan => {
      const { web: app, agent, job, migrate } = specsOf(plan);
      for (const spec of [app, agent]) {
        assert.deepEqual([spec?.env['A'], spec?.env['GONE'], spec?.hangTimeout, bootOfSpec(spec).hangWarn], ['web', undefined, 3000, 2000]);
        assert.deepEqual(spec?.until, { migrate: 'completed', redis: 'started' });
      }
      assert.deepEqual(
        [app?.after, agent?.after],
        [
          ['agent', 'migrate', 'redis'],
          ['migrate', 'redis'],
        ],
      );
      assert.deepEqual([app?.onExit, agent?.onExit], ['stop-on-failure', undefined]);
      assert.deepEqual([job?.env['A'], job?.env['GONE'], job?.hangTimeout, bootOfSpec(job).hangWarn], ['all', 'x', undefined, 1000]);
      assert.ok(job?.start.kind === 'fork' && !job.start.execArgv.includes('--no-warnings'));
      assert.equal(migrate?.restart.when, 'never', 'what is waited for until its end is not started again after that');
      assert.deepEqual(plan.types, ['agent', 'web', 'job', 'migrate', 'redis']);
    });
  });

  it('may be in another directory, while all else is where the file is', async () => {
    await planned({ path: 'web.sock', processes: { web: { cluster: 'api', instances: 2 }, worker: WORKER } }, (plan, directory) => {
      const { settings, name } = plan;
      const { web, worker } = specsOf(plan);
      assert.deepEqual([name, settings.baseDir, settings.clusterDir, settings.path], ['shop', directory, `${directory}/api`, `${directory}/web.sock`]);
      assert.deepEqual([bootOfSpec(web).baseDir, bootOfSpec(web).options?.['baseDir'], web?.cwd], [`${directory}/api`, `${directory}/api`, `${directory}/api`]);
      assert.equal(worker?.cwd, directory);
      assert.equal(bootOf(settings, MEETING, 'agent').baseDir, `${directory}/api`);
    });
    const failing = (cluster: string, code: string, message: RegExp): Promise<void> =>
      assert.rejects(
        planned({ processes: { web: { cluster }, worker: WORKER } }, () => {}),
        (error: unknown) => error instanceof BroodError && error.code === code && error.exitCode === 5 && message.test(error.message),
      );
    await failing('nowhere', 'BROOD_CLUSTER_DIRECTORY', /processes\.web\.cluster: \S+\/nowhere is not a directory/);
    await failing('app.js', 'BROOD_CLUSTER_DIRECTORY', /app\.js is not a directory/);
    await failing('empty', 'BROOD_HOOKS_MISSING', /no hooks in \S+\/empty/);
  });

  it('may be an application on egg', async () => {
    const framework = fixture('egg', 'minimal');
    await planned({ framework, processes: { web: { cluster: 'empty', port: 80 }, worker: WORKER } }, ({ settings }) => settings, {}).then(
      () => assert.fail('an application on egg needs a package.json'),
      (error: unknown) => assert.ok(error instanceof BroodError && error.code === 'BROOD_EGG_PACKAGE_MISSING' && /empty/.test(error.message), String(error)),
    );
    await withFiles({ 'api/package.json': '{ "name": "api" }' }, async ({ directory, path, write }) => {
      write({ 'brood.config.json': JSON.stringify({ framework, processes: { web: { cluster: 'api', port: 80 }, worker: WORKER } }) });
      const { settings } = await planOf(directory);
      assert.deepEqual([settings.baseDir, settings.egg?.options['baseDir'], settings.egg?.options['port'], settings.lock], [directory, path('api'), 80, true]);
    });
  });

  it('cannot be another directory while it runs', async () => {
    const [first, next] = await withFiles(HOOKS, async ({ directory, write }) => {
      const planWith = (cluster: string): Promise<Plan> => {
        write({ 'brood.config.json': JSON.stringify({ processes: { web: { cluster }, worker: WORKER } }) });
        return planOf(directory);
      };
      return [await planWith('.'), await planWith('api')];
    });
    assert.ok(first !== undefined && next !== undefined);
    assert.deepEqual(fixedChanges(first, next), ['cluster']);
    assert.deepEqual(fixedChanges(first, first), []);
  });

  it('gives way to flags', async () => {
    const web = { cluster: 'api', instances: 2, port: 8080, hangKill: '3s', drainTimeout: '1s' };
    const flags = { workers: 5, port: 9000, hangTimeout: 7000, drainTimeout: 9 };
    await planned(
      { processes: { web, worker: WORKER } },
      plan => {
        const { workers, port, drainTimeout, hangTimeout } = plan.settings;
        assert.deepEqual([workers, port, drainTimeout, hangTimeout, specsOf(plan)['web']?.hangTimeout], [5, 9000, 9, 7000, undefined]);
        assert.deepEqual(plan.explicit, ['web']);
      },
      flags,
    );
  });

  it('is told by its name and its directory before a start, and its keys by their places', async () => {
    const config = 'port: 0\nprocesses:\n  web: { cluster: api, instances: 2 }\n  worker: { command: sh worker.sh }\n';
    await withFiles({ ...HOOKS, 'brood.config.yaml': config }, async ({ directory, path }) => {
      const findings = await checkApplication({ options: { baseDir: directory }, command: 'check' });
      const told = findings.map(({ level, text }) => `${level} ${text}`).join('\n');
      assert.match(told, /process types: web, worker/);
      assert.match(told, /ok hooks in \S+\/api/);
      assert.doesNotMatch(told, /error/);
      const values = effectiveConfig(await readConfig(path('brood.config.yaml'), { env: 'prod', command: 'config' }), {});
      const shown = (key: string): unknown => values.find(one => one.key === key);
      assert.deepEqual(shown('processes.web.instances'), {
        key: 'processes.web.instances',
        value: 2,
        source: 'file',
        file: path('brood.config.yaml'),
        line: 3,
        column: 24,
      });
      assert.deepEqual([shown('workers'), shown('type')], [undefined, undefined]);
    });
  });

  it('has as many app workers as the top when nothing is said, and that is told as its own', async () => {
    await withFiles({ ...HOOKS, 'brood.config.yaml': 'processes: { web: { cluster: . } }\n' }, async ({ directory, path }) => {
      const { settings } = await planOf(directory);
      assert.equal(settings.workers, settings.cores);
      const values = effectiveConfig(await readConfig(path('brood.config.yaml'), { env: 'prod', command: 'config' }), { WEB_CONCURRENCY: '1' });
      assert.deepEqual(
        values.filter(({ key }) => /instances|workers/.test(key)),
        [{ key: 'processes.web.instances', source: 'environment', value: 1, variable: 'WEB_CONCURRENCY' }],
      );
    });
  });

  it('comes after what it waits for where every process is on its own', async () => {
    await planned({ processes: { web: { cluster: '.', after: 'redis' }, redis: { command: 'redis-server' } } }, plan => {
      const { app } = exportedApp(plan, { place: 'host', environment: {} });
      assert.deepEqual(
        app.processes.map(({ type, after }) => [type, after]),
        [
          ['web', ['redis']],
          ['redis', []],
        ],
      );
    });
  });
});

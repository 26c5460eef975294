/** app_desc.yaml: what both versions of it say, in one shape, for one environment. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { processConfigsOf } from '../../../lib/formation/app-desc/process-configs.ts';
import { validate } from '../../../lib/formation/config/validate.ts';
import { CONFIG, configAgrees } from '../../../lib/daemon/config-table.ts';
import { fixture } from '../../helpers/paths.ts';
import { described, placesOf, remarksOf } from './reading.ts';

const text = (name: string): string => readFileSync(fixture('app-desc', name), 'utf8');

describe('a description of version 2', () => {
  it('has its modules, with the variables of the environment over those of all', () => {
    const { version, name, modules } = described(text('shop-2.yaml'), 'stag');
    assert.deepEqual([version, name], [2, 'shop']);
    assert.deepEqual(
      modules.map(module => [module.name, module.language, module.sourceDir, module.isDefault, module.preRelease]),
      [
        ['front', 'NodeJS', 'front', true, 'node migrate.js'],
        ['back', 'Python', '.', false, undefined],
      ],
    );
    assert.deepEqual(modules[0]?.env, { LEVEL: 'debug', PORT_OF_REDIS: '6379', EVERYWHERE: '' });
    assert.deepEqual(described(text('shop-2.yaml'), 'prod').modules[0]?.env, { LEVEL: 'info', PORT_OF_REDIS: '6379', ONLY_PROD: 'yes', EVERYWHERE: '' });
  });

  it('has its processes, with the usual number of replicas where it gives none', () => {
    const replicas = (environment: 'stag' | 'prod') =>
      described(text('shop-2.yaml'), environment).modules.flatMap(({ processes }) => processes.map(one => [one.name, one.replicas]));
    assert.deepEqual(replicas('stag'), [
      ['web', 1],
      ['worker', 3],
      ['web', 0],
    ]);
    assert.deepEqual(replicas('prod'), [
      ['web', 2],
      ['worker', 3],
      ['web', 0],
    ]);
  });

  it('has probes in the words of a configuration file; the port of the process is left out', () => {
    const [web, worker] = described(text('shop-2.yaml')).modules[0]?.processes ?? [];
    assert.deepEqual(web?.probes, {
      startup: { tcpSocket: {}, periodSeconds: 2, failureThreshold: 30 },
      readiness: {
        httpGet: { path: '/healthz', scheme: 'HTTPS', httpHeaders: [{ name: 'Host', value: 'shop' }] },
        initialDelaySeconds: 5,
        timeoutSeconds: 3,
        successThreshold: 2,
      },
      liveness: { exec: { command: ['cat', '/tmp/alive'] } },
    });
    assert.deepEqual([web?.command, web?.plan], ['node server.js --port $PORT', '4C1G5R']);
    assert.deepEqual(worker, { name: 'worker', command: 'node worker.js', replicas: 3, platform: {} });
  });

  it('keeps what only the platform uses, and says so', () => {
    const description = described(text('shop-2.yaml'));
    assert.deepEqual(description.platform['appVersion'], '1.10');
    assert.deepEqual(description.modules[0]?.platform, {
      bkMonitor: { port: 80, targetPort: 5001 },
      packagePlans: { web: 'Starter' },
      addons: [{ name: 'mysql' }, { name: 'redis', specs: { version: '7' } }],
      svcDiscovery: { bkSaaS: [{ bkAppCode: 'bk-iam' }, { bkAppCode: 'bk-user', moduleName: 'api' }] },
      envOverlay: {
        envVariables: [
          { name: 'LEVEL', value: 'debug', envName: 'stag', description: 'more of it' },
          { name: 'ONLY_PROD', value: 'yes', envName: 'prod' },
        ],
      },
    });
    assert.deepEqual(
      remarksOf(text('shop-2.yaml')).map(({ level, message }) => `${level} ${/"([^"]+)"/.exec(message)?.[1] ?? ''}`),
      [
        'note app_version',
        'note app.region',
        'note app.market',
        'note tenant',
        'note modules.front.services',
        'note modules.front.processes.web.plan',
        'note modules.front.svc_discovery',
        'note modules.front.bkmonitor',
        'note modules.front.package_plans',
        'note modules.back.services',
      ],
    );
  });
});

describe('a description of version 3', () => {
  it('has its processes, with the overlays of the environment applied', () => {
    const of = (environment: 'stag' | 'prod') =>
      described(text('shop-3.yaml'), environment).modules[0]?.processes.map(({ name, replicas, plan, autoscaling }) => ({ name, replicas, plan, autoscaling }));
    const policy = { policy: 'default', cpu: 85 } as const;
    assert.deepEqual(of('stag'), [
      { name: 'web', replicas: 1, plan: '4C1G', autoscaling: { min: 2, max: 4, ...policy } },
      { name: 'jobs', replicas: 1, plan: undefined, autoscaling: undefined },
    ]);
    assert.deepEqual(of('prod'), [
      { name: 'web', replicas: 2, plan: '4C4G', autoscaling: { min: 3, max: 5, ...policy } },
      { name: 'jobs', replicas: 5, plan: undefined, autoscaling: undefined },
    ]);
    assert.deepEqual(described(text('shop-3.yaml'), 'prod').modules[0]?.env, { LEVEL: 'warn' });
  });

  it('has commands as lines for the shell: procCommand before the words, and in the words the port alone is filled in', () => {
    const [module] = described(text('shop-3.yaml')).modules;
    assert.deepEqual(
      module?.processes.map(({ command }) => command),
      [String.raw`bash -c 'exec ./shop --port '"${'${PORT}'}"' --title '\''a b'\'''`, './shop jobs'],
    );
    assert.equal(module?.preRelease, String.raw`./shop migrate 'it'\''s'`);
  });

  it('has services, a grace, and the rest for the platform', () => {
    const { modules, platform } = described(text('shop-3.yaml'), 'prod');
    const [module] = modules;
    const [web, jobs] = module?.processes ?? [];
    assert.deepEqual(web?.services, [
      { name: 'web', port: 80, protocol: 'TCP', exposedType: 'bk/http' },
      { name: 'metrics', targetPort: 9090, port: 9090, protocol: 'TCP' },
    ]);
    assert.deepEqual([web?.gracefulShutdownSeconds, jobs?.targetPort, module?.sourceDir, module?.name, module?.isDefault], [20, 5001, 'b', 'default', true]);
    assert.deepEqual(web?.platform, { components: [{ name: 'env_overlay', version: 'v1', properties: { a: [1, null] } }] });
    assert.deepEqual(Object.keys(module?.platform ?? {}).sort(), [
      'addons',
      'build',
      'domainResolution',
      'envOverlay',
      'mountOverlays',
      'mounts',
      'observability',
      'svcDiscovery',
    ]);
    assert.deepEqual(Object.keys(platform), ['app', 'appVersion']);
    assert.deepEqual(placesOf(text('shop-3.yaml'), 'warning'), []);
  });

  it('names its module, or one of several that has to be there', () => {
    const two = (more: string): string =>
      `specVersion: 3\nmodules:\n${['api', 'jobs'].map(name => `  - {name: ${name}, language: Go, isDefault: ${name === 'api'}, spec: {processes: [{name: web, procCommand: ./${name}}]}}`).join('\n')}\n${more}`;
    assert.deepEqual(
      described(two(''), 'stag', { module: 'jobs' }).modules.map(({ name, isDefault }) => [name, isDefault]),
      [
        ['api', true],
        ['jobs', false],
      ],
    );
    assert.deepEqual(placesOf(two(''), 'error', { module: 'jbos' }), ['unknown-module 3:12']);
    assert.match(remarksOf(two(''), { module: 'jbos' })[0]?.remedy ?? '', /Did you mean "jobs"/);
    const both = two('module: {language: Go, spec: {}}\n');
    assert.deepEqual(placesOf(both, 'warning').slice(-1), ['module-and-modules 5:1']);
  });
});

describe('what runs on one machine', () => {
  it('is a configuration of processes', () => {
    const configs = processConfigsOf(described(text('shop-2.yaml'), 'prod'));
    assert.deepEqual(configs['worker'], {
      command: 'node worker.js',
      instances: 3,
      cwd: 'front',
      env: { LEVEL: 'info', PORT_OF_REDIS: '6379', ONLY_PROD: 'yes', EVERYWHERE: '' },
    });
    assert.deepEqual(processConfigsOf(described(text('shop-2.yaml')), 'back'), { web: { command: 'gunicorn app', instances: 0 } });
    assert.deepEqual(processConfigsOf(described(text('shop-2.yaml')), 'nothing'), {});
    const web = processConfigsOf(described(text('shop-3.yaml')))['web'];
    assert.deepEqual(
      [web?.drainTimeout, web?.probes],
      [20_000, { readiness: { tcpSocket: { port: 8080, host: 'localhost' } }, liveness: { httpGet: { port: 5000, path: '/live' } } }],
    );
  });

  for (const name of ['shop-2.yaml', 'shop-3.yaml'])
    it(`passes as one once each process has its port: ${name}`, () => {
      const configs = Object.entries(processConfigsOf(described(text(name), 'prod')));
      // `web` is the name of the app workers, unless the file has another for them.
      const processes = Object.fromEntries(configs.map(([type, config], index) => [type, { ...config, port: 5000 + 100 * index }]));
      assert.deepEqual(validate({ type: 'app', processes }, CONFIG, configAgrees).problems, []);
    });
});

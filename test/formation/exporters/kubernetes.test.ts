/** Objects of Kubernetes are what its schema takes, and mean the same when Kubernetes has read them. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { Job } from 'kubernetes-models/batch/v1/Job';
import type { IJob } from 'kubernetes-models/batch/v1/Job';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Secret } from 'kubernetes-models/v1/Secret';
import type { ISecret } from 'kubernetes-models/v1/Secret';
import { Service } from 'kubernetes-models/v1/Service';
import type { IService } from 'kubernetes-models/v1/Service';
import { parseAllDocuments } from 'yaml';
import { kubernetesObjects } from '../../../lib/formation/exporters/kubernetes.ts';
import type { ExportedApp, ExportedProcess } from '../../../lib/formation/exporters/model.ts';
import { anyCase, cases, withBench } from './lines.ts';
import { shop, WEB } from './shop.ts';

/** `validate()` of each is the schema that Kubernetes publishes for it. */
const KINDS = { Deployment, HorizontalPodAutoscaler, Job, ConfigMap, Secret, Service } as const;
type Item = IDeployment | IHorizontalPodAutoscaler | IJob | IConfigMap | ISecret | IService;
const kindOf = (kind: string): keyof typeof KINDS => {
  assert.ok(Object.hasOwn(KINDS, kind), kind);
  // Proven by the line above.
  return kind as keyof typeof KINDS;
};

/** The objects in a text, each found right by the schema of its kind. */
function objectsOf(text: string, version: '1.1' | '1.2' = '1.2'): readonly Item[] {
  return parseAllDocuments(text, { version }).map(document => {
    assert.deepEqual([document.errors, document.warnings], [[], []]);
    // Proven by validate(), which throws for anything else.
    const item = document.toJS() as Item;
    const known = new KINDS[kindOf(item.kind)](item as never);
    known.validate();
    assert.equal(known.apiVersion, item.apiVersion);
    return item;
  });
}

const allOf = (app: ExportedApp, version?: '1.1' | '1.2'): readonly Item[] => kubernetesObjects(app).files.flatMap(({ text }) => objectsOf(text, version));
const isDeployment = (item: Item): item is IDeployment => item.kind === 'Deployment';

/** "$(VAR_NAME) … References will never be expanded [behind] $$, which is replaced with $": the words, given the variables. */
const expanded = (text: string, env: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\$\$|\$\(([^)]*)\)/g, (whole, name?: string) => (name === undefined ? '$' : (env[name] ?? whole)));

/** The words and variables of a container of this Deployment. */
function containerOf(items: readonly Item[], name: string): { readonly argv: readonly string[]; readonly env: Readonly<Record<string, string>> } {
  const [container] = items.filter(isDeployment).find(item => item.metadata?.name === name)?.spec?.template.spec?.containers ?? [];
  const values = (kind: string, of: string | undefined): Readonly<Record<string, string>> => {
    const found = items.find(item => item.kind === kind && item.metadata?.name === of);
    assert.ok(found !== undefined && (found.kind === 'ConfigMap' || found.kind === 'Secret'), `${kind} ${of}`);
    return (found.kind === 'Secret' ? found.stringData : found.data) ?? {};
  };
  const from =
    container?.envFrom?.map(({ configMapRef, secretRef }) =>
      configMapRef === undefined ? values('Secret', secretRef?.name) : values('ConfigMap', configMapRef.name),
    ) ?? [];
  const own = Object.fromEntries(container?.env?.map(one => [one.name, expanded(one.value ?? '', {})]) ?? []);
  const env: Readonly<Record<string, string>> = Object.assign({}, ...from, own);
  return { argv: container?.command?.map(word => expanded(word, env)) ?? [], env };
}

const web: ExportedProcess = { ...WEB, instances: 3 };
const worker: ExportedProcess = {
  ...web,
  type: 'my_worker',
  command: 'exec python3 jobs.py',
  instances: 1,
  cwd: '/srv/shop/jobs',
  isEntry: false,
  after: ['web'],
};
const release: ExportedProcess = { ...worker, type: 'release', command: 'make migrate', cwd: '/srv/shop', isRelease: true, after: [] };
const withoutPort = ({ port: _port, ...rest }: ExportedProcess): ExportedProcess => rest;
const app = (...processes: readonly ExportedProcess[]): ExportedApp => ({
  ...shop(...processes),
  name: 'Shop',
  environment: { NODE_ENV: 'production', API_TOKEN: 'no' },
});

describe('objects of Kubernetes', () => {
  it('start every line with the words and the variables that /bin/sh gives it', async () => {
    await withBench(cases(0), async bench => {
      const items = allOf(bench.app);
      await bench.assertStarts((_, index) => containerOf(items, `nasty-c${index}`));
    });
  });

  it('say lines and variables to readers of YAML 1.1 and 1.2 alike, secrets apart', () => {
    fc.assert(
      fc.property(anyCase, ({ line, env = {} }) => {
        const own = { ...env, NO: 'yes', KEY_X: 'secret', API_TOKEN: 'own', DB: 'postgres://u:p@h/d' };
        const given = app({ ...web, command: line, env: own });
        for (const version of ['1.1', '1.2'] as const) {
          const { argv, env: read } = containerOf(allOf(given, version), 'shop-web');
          assert.deepEqual(argv, ['/bin/sh', '-c', line]);
          assert.deepEqual(read, { NODE_ENV: 'production', ...own, BROOD_TYPE: 'web', PORT: '5000' });
        }
        for (const { name, text, isSecret = false } of kubernetesObjects(given).files)
          assert.deepEqual([/KEY_X:|postgres:/.test(text), isSecret], [name === 'shop-secret.yaml', name === 'shop-secret.yaml']);
      }),
      { numRuns: 10 },
    );
  });

  it('are a Deployment for each type, and for the entry a Service and probes', () => {
    const labels = { 'app.kubernetes.io/name': 'shop', 'app.kubernetes.io/component': 'web' };
    const probe = { initialDelay: 0, period: 10_000, timeout: 1000, successThreshold: 2, failureThreshold: 3 };
    const check = { kind: 'http', path: '/healthz', host: '127.0.0.1', scheme: 'HTTP', headers: [{ name: 'X-A', value: 'b' }] } as const;
    const probes = { readiness: { ...probe, check }, startup: { ...probe, initialDelay: 1500, check: { kind: 'exec', command: 'test "$UP"' } } } as const;
    const { files, notes } = kubernetesObjects({ ...app({ ...web, probes }, withoutPort(worker)), image: 'registry/shop:42' });
    assert.deepEqual(
      files.map(({ name }) => name),
      ['shop-config.yaml', 'shop-secret.yaml', 'shop.yaml'],
    );
    const [deployment, other, service, ...more] = objectsOf(files[2]?.text ?? '');
    assert.deepEqual(more, []);
    // Typed, so that a field that Kubernetes does not know is an error of the compiler.
    const wanted: IDeployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'shop-web', labels },
      spec: {
        replicas: 3,
        selector: { matchLabels: labels },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: '25%' } },
        template: {
          metadata: { labels },
          spec: {
            enableServiceLinks: false,
            terminationGracePeriodSeconds: 40,
            containers: [
              {
                name: 'web',
                image: 'registry/shop:42',
                command: ['/bin/sh', '-c', 'exec node server.js "$$PORT"'],
                envFrom: [{ configMapRef: { name: 'shop' } }, { secretRef: { name: 'shop' } }],
                env: [
                  { name: 'BROOD_TYPE', value: 'web' },
                  { name: 'PORT', value: '5000' },
                ],
                ports: [{ containerPort: 5000 }],
                startupProbe: {
                  exec: { command: ['/bin/sh', '-c', 'test "$$UP"'] },
                  initialDelaySeconds: 2,
                  periodSeconds: 10,
                  timeoutSeconds: 1,
                  successThreshold: 1,
                  failureThreshold: 3,
                },
                readinessProbe: {
                  httpGet: { path: '/healthz', port: 5000, scheme: 'HTTP', httpHeaders: [{ name: 'X-A', value: 'b' }] },
                  initialDelaySeconds: 0,
                  periodSeconds: 10,
                  timeoutSeconds: 1,
                  successThreshold: 2,
                  failureThreshold: 3,
                },
                lifecycle: { preStop: { exec: { command: ['/bin/sh', '-c', 'sleep 5'] } } },
              },
            ],
          },
        },
      },
    };
    assert.deepEqual(deployment, wanted);
    const entry: IService = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'shop-web', labels },
      spec: { selector: labels, ports: [{ port: 80, targetPort: 5000 }] },
    };
    assert.deepEqual(service, entry);
    assert.ok(other !== undefined && isDeployment(other));
    assert.deepEqual(other.spec?.template.spec?.containers[0]?.command, [
      '/bin/sh',
      '-c',
      'cd "$$1" && exec /bin/sh -c "$$2"',
      'sh',
      'jobs',
      'exec python3 jobs.py',
    ]);
    assert.equal(other.spec?.template.spec?.terminationGracePeriodSeconds, 35);
    assert.deepEqual(notes, [
      'web: the times of its startup probe are rounded up to whole seconds',
      'web: its startup probe has to succeed once, Kubernetes knows nothing else',
      'web: no container knows which of them it is: PS and BROOD_SLOT are not set',
      'my_worker: Kubernetes starts it beside web, in no order',
      'shop-secret.yaml has secrets in clear text: keep it out of version control',
    ]);
  });

  it('let an entry without probes have requests once its port is open', () => {
    const [deployment] = allOf({ ...app(web), environment: {} });
    assert.ok(deployment !== undefined && isDeployment(deployment));
    assert.deepEqual(deployment.spec?.template.spec?.containers[0]?.readinessProbe, { tcpSocket: { port: 5000 }, periodSeconds: 5 });
  });

  it('are a Job for the release, in a file of its own', () => {
    const { files, notes } = kubernetesObjects({ ...app(web, withoutPort(release)), environment: {}, user: '1000' });
    const [job] = objectsOf(files.find(({ name }) => name === 'shop-release.yaml')?.text ?? '');
    const labels = { 'app.kubernetes.io/name': 'shop', 'app.kubernetes.io/component': 'release' };
    const pod = {
      enableServiceLinks: false,
      securityContext: { runAsUser: 1000 },
      restartPolicy: 'Never' as const,
      containers: [
        {
          name: 'release',
          image: 'shop:latest',
          command: ['/bin/sh', '-c', 'make migrate'],
          env: [
            { name: 'BROOD_TYPE', value: 'release' },
            { name: 'PS', value: 'release.1' },
            { name: 'BROOD_SLOT', value: '1' },
          ],
        },
      ],
    };
    const wanted: IJob = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'shop-release', labels },
      spec: { backoffLimit: 0, activeDeadlineSeconds: 900, template: { metadata: { labels }, spec: pod } },
    };
    assert.deepEqual(job, wanted);
    assert.deepEqual(notes.slice(1), [
      'release: a Job that runs once: wait for it before shop.yaml, and delete it before the next (kubectl delete job shop-release)',
    ]);
  });

  it('have limits, and an autoscaler in the place of a number, where a process has a plan and follows its load', () => {
    const resources = { limits: { cpu: 4000, memory: 1024 }, requests: { cpu: 200, memory: 256 } };
    const items = allOf({ ...app({ ...web, resources, autoscale: { min: 2, max: 4, cpu: 85 } }), environment: {} });
    const [deployment, , autoscaler] = items;
    assert.ok(deployment !== undefined && isDeployment(deployment));
    assert.deepEqual(deployment.spec?.template.spec?.containers[0]?.resources, {
      limits: { cpu: '4', memory: '1Gi' },
      requests: { cpu: '200m', memory: '256Mi' },
    });
    assert.equal(deployment.spec?.replicas, undefined);
    const wanted: IHorizontalPodAutoscaler = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'shop-web', labels: { 'app.kubernetes.io/name': 'shop', 'app.kubernetes.io/component': 'web' } },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop-web' },
        minReplicas: 2,
        maxReplicas: 4,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'AverageValue', averageValue: '850m' } } }],
      },
    };
    assert.deepEqual(autoscaler, wanted);
    const [none, ...others] = allOf({ ...app({ ...withoutPort(web), instances: 0, autoscale: { min: 2, max: 4, cpu: 85 } }), environment: {} });
    assert.ok(none !== undefined && isDeployment(none));
    assert.deepEqual([none.spec?.replicas, others], [0, []], 'of which there is to be none is not started');
  });

  it('have a port of the Service for each that a process serves', () => {
    const services = [
      { name: 'web', port: 80, targetPort: 5000, protocol: 'TCP' },
      { name: 'stats', port: 8125, targetPort: 8125, protocol: 'UDP' },
    ] as const;
    const [deployment, service] = allOf({ ...app({ ...web, services }), environment: {} });
    assert.ok(deployment !== undefined && isDeployment(deployment) && service?.kind === 'Service');
    assert.deepEqual(deployment.spec?.template.spec?.containers[0]?.ports, [{ containerPort: 5000 }, { containerPort: 8125, protocol: 'UDP' }]);
    assert.deepEqual(service.spec?.ports, services);
    const [, old] = allOf({ ...app({ ...web, targetPort: 8080 }), environment: {} });
    assert.deepEqual(old?.kind === 'Service' && old.spec?.ports, [{ port: 80, targetPort: 8080 }]);
  });

  it('come with what they cannot say', () => {
    const probe = { check: { kind: 'message' }, initialDelay: 0, period: 1000, timeout: 1000, successThreshold: 1, failureThreshold: 1 } as const;
    const odd = withoutPort({ ...web, restart: 'never', stopSignal: 'SIGQUIT', probes: { liveness: probe }, command: 'a | b', cwd: '/opt/else' });
    assert.deepEqual(kubernetesObjects({ ...app(odd), environment: {}, name: '1shop', user: 'www' }).notes, [
      'web: its line is more than one command: the shell is process 1 and hands no SIGTERM on. One that begins with "exec" does',
      'web: /opt/else has to be in the image, too',
      'web: Kubernetes does not look at its liveness probe',
      'web: no container knows which of them it is: PS and BROOD_SLOT are not set',
      'web: it is the entry and names no port, so it has no Service',
      'web: Kubernetes starts it again whenever it ends, not "never"',
      'web: SIGQUIT is what STOPSIGNAL of its image has to say',
      'user www: Kubernetes takes a number; that of the image is left',
    ]);
    assert.equal(allOf({ ...app(web), name: '1shop' }).at(-1)?.metadata?.name, 'app-1shop-web');
  });
});

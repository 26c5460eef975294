/**
 * Objects of Kubernetes for every process of an application: ConfigMap, Secret, Deployment, Service, HorizontalPodAutoscaler, and a Job for the release (Kubernetes API,
 * apps/v1, batch/v1, core/v1; "Define Dependent Environment Variables" for `$`). Pure.
 */
import { listed } from '../../policy/plural.ts';
import { containerNotes, containerWords, imageOf } from './container.ts';
import { configuration } from './kubernetes-config.ts';
import type { Configuration } from './kubernetes-config.ts';
import { autoscalerOf, replicasOf, resourcesOf } from './kubernetes-load.ts';
import { literal, probeRemarks, probesOf, saidProbes } from './kubernetes-probes.ts';
import { containerIdentity, isLasting, isReleased, signalOf, stopSeconds } from './model.ts';
import type { Exported, ExportedApp, ExportedFile, ExportedProcess } from './model.ts';
import { LABELS, typeNames } from './names.ts';
import { assetLosses, numberNotes, orderNotes, probesNotes, releaseNotes } from './notes.ts';
import { sayable } from './sayable.ts';
import { yamlText } from './yaml-text.ts';

type KubernetesObject = Readonly<Record<string, unknown>>;

/** Seconds beyond what a master itself waits. */
const BEYOND = 10;
/** A release that takes longer has hung: fifteen minutes, as elsewhere. */
const RELEASE_LIMIT = 900;

/** Seconds for the word that a pod goes to reach who sends it requests: a sixth of what it may take to drain. */
const goneAfter = ({ drainTimeout }: ExportedProcess): number => Math.min(15, Math.max(1, Math.ceil(drainTimeout / 6000)));
const isServed = ({ port }: ExportedProcess): boolean => port !== undefined;
const graceOf = (process: ExportedProcess): number =>
  stopSeconds(process) + (isServed(process) ? goneAfter(process) : 0) + (process.isMaster === true ? BEYOND : 0);

interface Place {
  readonly app: ExportedApp;
  readonly name: string;
  readonly component: string;
  readonly config: Configuration;
}

const labelsOf = ({ name, component }: Place): Readonly<Record<string, string>> => ({
  'app.kubernetes.io/name': name,
  'app.kubernetes.io/component': component,
});

/** Each once: two services may lead to one. */
function containerPorts({ services = [], targetPort }: ExportedProcess, port: number): readonly KubernetesObject[] {
  const udp = services.filter(({ protocol }) => protocol === 'UDP').map(one => one.targetPort);
  const tcp = [targetPort ?? port, ...services.filter(({ protocol }) => protocol === 'TCP').map(one => one.targetPort)];
  return [...[...new Set(tcp)].map(containerPort => ({ containerPort })), ...[...new Set(udp)].map(containerPort => ({ containerPort, protocol: 'UDP' }))];
}

function podOf(place: Place, process: ExportedProcess): KubernetesObject {
  const { app, name, component, config } = place;
  const { port } = process;
  const env = [...Object.entries(containerIdentity(process)), ...(port === undefined ? [] : [['PORT', String(port)] as const])];
  const hook = { lifecycle: { preStop: { exec: { command: ['/bin/sh', '-c', `sleep ${goneAfter(process)}`] } } } };
  const container = {
    name: component,
    image: imageOf(app, name),
    command: containerWords(app, process).map(literal),
    ...(config.sources(process.type).length === 0 ? {} : { envFrom: config.sources(process.type) }),
    ...(env.length === 0 ? {} : { env: env.map(([key, value]) => ({ name: key, value: literal(value) })) }),
    ...(port === undefined ? {} : { ports: containerPorts(process, port) }),
    ...resourcesOf(process),
    ...(isReleased(process) ? {} : { ...probesOf(process), ...(isServed(process) ? hook : {}), ...(process.stdin === true ? { stdin: true } : {}) }),
  };
  return {
    metadata: { labels: labelsOf(place) },
    spec: {
      // Variables such as SHOP_WEB_PORT, one set for each Service, are nobody's here.
      enableServiceLinks: false,
      ...(app.user !== undefined && /^\d+$/.test(app.user) ? { securityContext: { runAsUser: Number(app.user) } } : {}),
      ...(isReleased(process) ? { restartPolicy: 'Never' } : { terminationGracePeriodSeconds: graceOf(process) }),
      containers: [container],
    },
  };
}

const metadataOf = (place: Place): KubernetesObject => ({ name: `${place.name}-${place.component}`, labels: labelsOf(place) });

const deploymentOf = (place: Place, process: ExportedProcess): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: metadataOf(place),
  spec: {
    ...replicasOf(process),
    selector: { matchLabels: labelsOf(place) },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: '25%' } },
    template: podOf(place, process),
  },
});

const jobOf = (place: Place, process: ExportedProcess): KubernetesObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: metadataOf(place),
  spec: { backoffLimit: 0, activeDeadlineSeconds: RELEASE_LIMIT, template: podOf(place, process) },
});

const portsOf = ({ port, targetPort = port, services, isEntry }: ExportedProcess): readonly KubernetesObject[] =>
  services === undefined || services.length === 0 ? [{ port: isEntry ? 80 : targetPort, targetPort }] : services.map(one => ({ ...one }));

const serviceOf = (place: Place, process: ExportedProcess): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: metadataOf(place),
  spec: { selector: labelsOf(place), ports: portsOf(process) },
});

function notesOf(app: ExportedApp): readonly string[] {
  return [
    ...containerNotes(app),
    ...probesNotes(app, 'Kubernetes', saidProbes),
    ...app.processes.flatMap(probeRemarks),
    ...numberNotes(app),
    ...assetLosses(app, 'Kubernetes', () => ['resources', 'services', 'targetPort', 'maxMemory', 'stdin']),
    ...orderNotes(app, ({ after }) => `Kubernetes starts it beside ${listed(after)}, in no order`),
    ...app.processes.flatMap(process => {
      const { type, isEntry, port, restart = 'always' } = process;
      return [
        ...(isEntry && port === undefined ? [`${type}: it is the entry and names no port, so it has no Service`] : []),
        ...(restart === 'always' || isReleased(process) ? [] : [`${type}: Kubernetes starts it again whenever it ends, not "${restart}"`]),
        ...(signalOf(process) === 'SIGTERM' ? [] : [`${type}: ${signalOf(process)} is what STOPSIGNAL of its image has to say`]),
      ];
    }),
    ...(app.user === undefined || /^\d+$/.test(app.user) ? [] : [`user ${app.user}: Kubernetes takes a number; that of the image is left`]),
  ];
}

const file = (name: string, objects: readonly KubernetesObject[], isSecret = false): readonly ExportedFile[] =>
  objects.length === 0 ? [] : [{ name, text: objects.map(yamlText).join('---\n'), ...(isSecret ? { isSecret } : {}) }];

/**
 * NAME.yaml, and apart from it what is not for everybody (NAME-secret.yaml), what comes first (NAME-config.yaml) and what has to have ended
 * before (NAME-release.yaml).
 *
 * @throws BROOD_EXPORT_TEXT, BROOD_EXPORT_NAME
 */
export function kubernetesObjects(given: ExportedApp): Exported {
  const { app, notes } = sayable(given, 'an object of Kubernetes');
  const label = LABELS.of(app.name);
  // The name of a Service begins with a letter (RFC 1035).
  const name = /^\d/.test(label) ? `app-${label}`.slice(0, 30).replaceAll(/-+$/g, '') : label;
  const types = typeNames(app, LABELS);
  const config = configuration(app, name, types);
  const placeOf = ({ type }: ExportedProcess): Place => ({ app, name, component: types.get(type) ?? type, config });
  const lasting = app.processes.filter(isLasting);
  const autoscalers = lasting.flatMap(process => autoscalerOf(process, metadataOf(placeOf(process))));
  const services = lasting.filter(isServed).map(process => serviceOf(placeOf(process), process));
  const release = app.processes.filter(isReleased);
  return {
    files: [
      ...file(`${name}-config.yaml`, config.plain),
      ...file(`${name}-secret.yaml`, config.secret, true),
      ...file(
        `${name}-release.yaml`,
        release.map(process => jobOf(placeOf(process), process)),
      ),
      ...file(`${name}.yaml`, [...lasting.map(process => deploymentOf(placeOf(process), process)), ...services, ...autoscalers]),
    ],
    notes: [
      ...notes,
      ...notesOf(app),
      ...releaseNotes(
        app,
        process =>
          `a Job that runs once: wait for it before ${name}.yaml, and delete it before the next (kubectl delete job ${name}-${types.get(process.type) ?? process.type})`,
      ),
      ...(config.secret.length === 0 ? [] : [`${name}-secret.yaml has secrets in clear text: keep it out of version control`]),
    ],
  };
}

/** What a module of version 3 is, key by key: keys in camelCase, after the resource BkApp. */
import type {
  RawAddon,
  RawAutoscaling,
  RawAutoscalingOverlay,
  RawCommand,
  RawEnvVariable,
  RawMetric,
  RawPlanOverlay,
  RawProcess,
  RawReplicasOverlay,
  RawSaas,
  RawService,
  RawVariable,
} from './draft.ts';
import { PLANS_3 } from './limits.ts';
import { description, plainPort, port, probes, serviceName, variableName, variableValue } from './parts.ts';
import { freeObject, object } from './objects.ts';
import { choice, list, text, whole } from './readers.ts';
import type { KeysOf } from './objects.ts';
import type { Reader } from './readers.ts';
import type { DescEnvironment } from './types.ts';

interface RawMount {
  readonly name?: string;
  readonly mountPath?: string;
  readonly source?: { readonly configMap?: { readonly name?: string } };
}

interface RawMountOverlay extends RawMount {
  readonly envName?: DescEnvironment;
}

export interface Spec3 {
  readonly build?: { readonly image?: string; readonly imagePullPolicy?: string; readonly imageCredentialsName?: string };
  readonly processes?: readonly RawProcess[];
  readonly configuration?: { readonly env?: readonly RawVariable[] };
  readonly addons?: readonly RawAddon[];
  readonly mounts?: readonly RawMount[];
  readonly hooks?: { readonly preRelease?: RawCommand };
  readonly envOverlay?: {
    readonly replicas?: readonly RawReplicasOverlay[];
    readonly resQuotas?: readonly RawPlanOverlay[];
    readonly envVariables?: readonly RawEnvVariable[];
    readonly autoscaling?: readonly RawAutoscalingOverlay[];
    readonly mounts?: readonly RawMountOverlay[];
  };
  readonly svcDiscovery?: { readonly bkSaaS?: readonly RawSaas[] };
  readonly domainResolution?: { readonly nameservers?: readonly string[]; readonly hostAliases?: readonly unknown[] };
  readonly observability?: { readonly monitoring?: { readonly metrics?: readonly RawMetric[] } };
}

const anyText = text('a text', { blank: true });
const words = list(anyText);
const PLAN = 'the machine has no plans of resources';
const envName = { of: choice(['stag', 'prod']), needed: true } as const;
const processName = { of: text('the name of a process'), needed: true } as const;
const command: KeysOf<RawCommand> = { command: { of: words }, args: { of: words }, procCommand: { of: text('a shell line') } };
const autoscalingKeys = (mostReplicas: number): KeysOf<RawAutoscaling> => ({
  minReplicas: { of: whole(1, mostReplicas), needed: true },
  maxReplicas: { of: whole(1, mostReplicas), needed: true },
  policy: { of: choice(['default']) },
});

function processReader(mostReplicas: number): Reader<RawProcess> {
  const service = object<RawService>('camel', {
    name: { of: serviceName, needed: true },
    targetPort: { of: port, needed: true },
    port: { of: plainPort },
    protocol: { of: choice(['TCP', 'UDP']) },
    exposedType: { of: object<NonNullable<RawService['exposedType']>>('camel', { name: { of: choice(['bk/http', 'bk/grpc']), needed: true } }) },
  });
  const component = object<{ readonly name?: string; readonly version?: string; readonly properties?: unknown }>('camel', {
    name: { of: text('a text of at most 32 characters', { most: 32 }), needed: true },
    version: { of: text('a text of at most 32 characters', { most: 32 }), needed: true },
    properties: { of: freeObject },
  });
  return object<RawProcess>('camel', {
    name: processName,
    replicas: { of: whole(0, mostReplicas) },
    resQuotaPlan: { of: choice(PLANS_3), kept: PLAN },
    targetPort: { of: plainPort, kept: 'it is an old way to name a port, and a process has its own in PORT' },
    ...command,
    autoscaling: { of: object<RawAutoscaling>('camel', autoscalingKeys(mostReplicas)) },
    probes: { of: probes('camel') },
    services: { of: list(service), kept: 'the addresses of processes are given by the platform' },
    gracefulShutdownSeconds: { of: whole(0, 86_400) },
    components: { of: list(component), kept: 'components are of the platform' },
  });
}

function mountKeys(): KeysOf<RawMount> {
  const configMap = object<{ readonly name?: string }>('camel', { name: { of: text('a name'), needed: true } });
  return {
    name: { of: serviceName, needed: true },
    mountPath: { of: text('a path that begins with "/"', { like: /^\// }), needed: true },
    source: { of: object<NonNullable<RawMount['source']>>('camel', { configMap: { of: configMap, needed: true } }), needed: true },
  };
}

const MOUNTS = 'files are mounted by the platform';
const variable: KeysOf<RawVariable> = {
  name: { of: variableName, needed: true },
  value: { of: variableValue, needed: true, notNothing: true },
  description: { of: description },
};

function overlayReader(mostReplicas: number): Reader<NonNullable<Spec3['envOverlay']>> {
  return object<NonNullable<Spec3['envOverlay']>>('camel', {
    replicas: { of: list(object<RawReplicasOverlay>('camel', { envName, process: processName, count: { of: whole(0, mostReplicas), needed: true } })) },
    resQuotas: { of: list(object<RawPlanOverlay>('camel', { envName, process: processName, plan: { of: choice(PLANS_3) } })), kept: PLAN },
    envVariables: { of: list(object<RawEnvVariable>('camel', { envName, ...variable })) },
    autoscaling: { of: list(object<RawAutoscalingOverlay>('camel', { envName, process: processName, ...autoscalingKeys(mostReplicas) })) },
    mounts: { of: list(object<RawMountOverlay>('camel', { envName, ...mountKeys() })), kept: MOUNTS },
  });
}

function platformKeys(): Pick<KeysOf<Spec3>, 'build' | 'mounts' | 'addons' | 'svcDiscovery' | 'domainResolution' | 'observability'> {
  const addon = object<RawAddon>('camel', {
    name: { of: text('the name of an add-on'), needed: true },
    sharedFromModule: { of: text('the name of a module') },
    specs: {
      of: list(
        object<{ readonly name?: string; readonly value?: string }>('camel', {
          name: { of: text('a name'), needed: true },
          value: { of: anyText, needed: true },
        }),
      ),
    },
  });
  const saas = object<RawSaas>('camel', {
    bkAppCode: { of: text('the code of an application'), needed: true },
    moduleName: { of: text('the name of a module') },
  });
  const alias = object<{ readonly ip?: string; readonly hostnames?: readonly string[] }>('camel', {
    ip: { of: text('an IP address', { like: /^[\da-fA-F.:]+$/ }), needed: true },
    hostnames: { of: list(text('a host name')), needed: true },
  });
  const metric = object<RawMetric>('camel', {
    process: processName,
    serviceName: { of: text('the name of a service'), needed: true },
    path: { of: text('a path') },
    params: { of: freeObject },
  });
  const monitoring = object<{ readonly metrics?: readonly RawMetric[] }>('camel', { metrics: { of: list(metric) } });
  return {
    build: {
      of: object<NonNullable<Spec3['build']>>('camel', {
        image: { of: anyText },
        imagePullPolicy: { of: choice(['Always', 'IfNotPresent', 'Never']) },
        imageCredentialsName: { of: anyText },
      }),
      kept: 'no image is needed on one machine',
    },
    addons: { of: list(addon), kept: 'add-ons are of the platform' },
    mounts: { of: list(object<RawMount>('camel', mountKeys())), kept: MOUNTS },
    svcDiscovery: {
      of: object<NonNullable<Spec3['svcDiscovery']>>('camel', { bkSaaS: { of: list(saas) } }),
      kept: 'other applications are found by the platform',
    },
    domainResolution: {
      of: object<NonNullable<Spec3['domainResolution']>>('camel', {
        nameservers: { of: list(text('an IP address', { like: /^[\da-fA-F.:]+$/ })) },
        hostAliases: { of: list(alias) },
      }),
      kept: 'names are resolved as the machine does',
    },
    observability: {
      of: object<NonNullable<Spec3['observability']>>('camel', { monitoring: { of: monitoring } }),
      kept: 'figures are gathered by the platform',
    },
  };
}

/** Reads what a module of version 3 is. */
export function specReader(mostReplicas: number): Reader<Spec3> {
  const configuration = object<NonNullable<Spec3['configuration']>>('camel', { env: { of: list(object<RawVariable>('camel', variable)) } });
  return object<Spec3>('camel', {
    processes: { of: list(processReader(mostReplicas), { least: 1 }), notNothing: true },
    configuration: { of: configuration },
    hooks: { of: object<NonNullable<Spec3['hooks']>>('camel', { preRelease: { of: object<RawCommand>('camel', command) } }) },
    envOverlay: { of: overlayReader(mostReplicas) },
    ...platformKeys(),
  });
}

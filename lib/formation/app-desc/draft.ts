/** A description between reading and use: one shape for both versions, in which every name still knows where it stands. */
import type { Span } from '../config/tree.ts';
import type { Port, RawProbes } from './parts.ts';
import type { Named } from './readers.ts';
import type { DescEnvironment } from './types.ts';

export interface RawAutoscaling {
  readonly minReplicas?: number;
  readonly maxReplicas?: number;
  readonly policy?: 'default';
}

export interface RawService {
  readonly name?: string;
  readonly targetPort?: Port;
  readonly port?: number;
  readonly protocol?: 'TCP' | 'UDP';
  readonly exposedType?: { readonly name?: 'bk/http' | 'bk/grpc' };
}

export interface RawProcess {
  readonly name?: string;
  readonly replicas?: number;
  readonly resQuotaPlan?: string;
  readonly targetPort?: number;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly procCommand?: string;
  readonly autoscaling?: RawAutoscaling;
  readonly probes?: RawProbes;
  readonly services?: readonly RawService[];
  readonly gracefulShutdownSeconds?: number;
  readonly components?: readonly unknown[];
}

export type RawCommand = Pick<RawProcess, 'command' | 'args' | 'procCommand'>;

export interface RawAddon {
  readonly name?: string;
  readonly sharedFromModule?: string;
  readonly specs?: unknown;
}

export interface RawVariable {
  readonly name?: string;
  readonly value?: string;
  readonly description?: string;
}
export interface RawEnvVariable extends RawVariable {
  /** `_global_` and nothing: everywhere. */
  readonly envName?: DescEnvironment | '_global_';
}

/** One row of `envOverlay`. */
export interface RawOverlay {
  readonly envName?: DescEnvironment;
  readonly process?: string;
}
export interface RawReplicasOverlay extends RawOverlay {
  readonly count?: number;
}
export interface RawPlanOverlay extends RawOverlay {
  readonly plan?: string;
}
export interface RawAutoscalingOverlay extends RawOverlay, RawAutoscaling {}

export interface RawMetric {
  readonly process?: string;
  readonly serviceName?: string;
  readonly path?: string;
  readonly params?: unknown;
}

export interface RawSaas {
  readonly bkAppCode?: string;
  readonly moduleName?: string;
}

export interface DraftModule {
  readonly name: string;
  /** Where it stands as a whole. */
  readonly at: Span;
  readonly language?: string | undefined;
  readonly sourceDir?: string | undefined;
  readonly isDefault: boolean;
  /** `undefined`: the file does not speak of processes. */
  readonly processes: readonly Named<RawProcess>[] | undefined;
  readonly variables: readonly RawEnvVariable[];
  readonly preRelease?: RawCommand | undefined;
  readonly addons: readonly RawAddon[];
  readonly saas: readonly RawSaas[];
  readonly metrics: readonly RawMetric[];
  readonly replicas: readonly RawReplicasOverlay[];
  readonly plans: readonly RawPlanOverlay[];
  readonly autoscaling: readonly RawAutoscalingOverlay[];
  /** What nobody here has a use for. */
  readonly platform: Readonly<Record<string, unknown>>;
}

export interface Draft {
  readonly version: 2 | 3;
  readonly name?: string | undefined;
  readonly modules: readonly DraftModule[];
  /** Whether they are told apart by name and default; `module` alone is not. */
  readonly isSeveral: boolean;
  readonly platform: Readonly<Record<string, unknown>>;
}

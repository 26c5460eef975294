/** What a description of an application (app_desc.yaml) says, whatever version it is written in. */
import type { ProbesConfig } from '../config/probe-types.ts';

/** The environments that an application of BlueKing is deployed to. */
export type DescEnvironment = 'stag' | 'prod';

/** What only the platform uses, under the names of version 3; `export` hands it on. */
export type Kept = Readonly<Record<string, unknown>>;

export interface AppDescription {
  readonly version: 2 | 3;
  /** For which environment overlays and defaults have been applied. */
  readonly environment: DescEnvironment;
  /** The code of the application. */
  readonly name?: string;
  readonly modules: readonly ModuleDescription[];
  readonly platform: Kept;
}

export interface ModuleDescription {
  readonly name: string;
  /** `Python`, `PHP`, `Go`, `NodeJS`, `Java`. */
  readonly language?: string;
  /** Relative to the file; `.` is its directory. */
  readonly sourceDir: string;
  readonly isDefault: boolean;
  /** In the order of the file; none where a Procfile is to name them. */
  readonly processes: readonly ProcessDescription[];
  /** Those for everywhere, over them those of the environment. */
  readonly env: Readonly<Record<string, string>>;
  /** A shell line that has to succeed before a release is started. It never starts with the formation. */
  readonly preRelease?: string;
  readonly platform: Kept;
}

export interface ProcessDescription {
  readonly name: string;
  /** A shell line. */
  readonly command: string;
  readonly replicas: number;
  /** A port that is left out is the own one of each process. */
  readonly probes?: ProbesConfig;
  readonly gracefulShutdownSeconds?: number;
  readonly autoscaling?: AutoscalingDescription;
  /** Ports that the process serves; `port` is that of the platform before it. */
  readonly services?: readonly ServiceDescription[];
  /** The port that it listens on, whatever PORT says; an old way to say what `services` says. */
  readonly targetPort?: number;
  /** The plan of its resources. */
  readonly plan?: string;
  readonly platform: Kept;
}

export interface AutoscalingDescription {
  readonly min: number;
  readonly max: number;
  readonly policy: 'default';
  /** Percent of the CPU, which the policy keeps to. */
  readonly cpu: number;
}

export interface ServiceDescription {
  readonly name: string;
  /** Left out: the own port of the process (`${PORT}`). */
  readonly targetPort?: number;
  readonly port?: number;
  readonly protocol: 'TCP' | 'UDP';
  readonly exposedType?: 'bk/http' | 'bk/grpc';
}

/** The type of a configuration file, and what types it: defineConfig(). */
import type { ClusterOptions } from '../cluster/option-table.ts';
import type { OnExit } from '../care.ts';
import type { SettledProcess, SettledTop, Variables } from '../formation/config/settled.ts';
import type { Duration, RestartConfig, Size, TopConfig } from '../formation/config/types.ts';

/** Options that a file does not have: they are code, or the directory of the file says it, or they have another name there. */
export const NOT_IN_FILE = ['baseDir', 'env', 'hangTimeout', 'pidFile', 'signals', 'lock', 'abort', 'logger', 'output'] as const;

type Timed = 'startTimeout' | 'drainTimeout' | 'idleTimeout' | 'killTimeout';
type Times = { readonly [Key in keyof Pick<ClusterOptions, Timed>]: Duration };

interface WithUnits extends Times {
  /** Most bytes of one message, and of the messages that wait for one receiver. Default: 64 MiB. */
  readonly mailLimit?: Size;
  /** When failed boots are tried again. */
  readonly restart?: Omit<RestartConfig, 'when'>;
}
type Plain = Omit<ClusterOptions, (typeof NOT_IN_FILE)[number] | keyof WithUnits | keyof TopConfig>;

/** What `brood.config.*` says: the options of startCluster() for the app workers, further process types, and how all of it is run. */
export interface BroodConfig extends Plain, WithUnits, TopConfig {}

/** For whom a configuration is made. */
export interface ConfigContext {
  /** The environment: `prod`, `local` … */
  readonly env: string;
  /** The command that reads it: `start`, `reload`, `check` … */
  readonly command: string;
}

export type ConfigInput = BroodConfig | ((context: ConfigContext) => BroodConfig | Promise<BroodConfig>);

/** Gives back what it is given, typed: `export default defineConfig({ … })`, or a function of the context. */
export const defineConfig = (config: ConfigInput): ConfigInput => config;

/** A process type that is the cluster of the application, as far as the top of a file has no word for it. */
export interface ClusterType {
  /** Relative to the configuration file. */
  readonly directory: string;
  /** What it says that is at the top now. */
  readonly moved: readonly string[];
  readonly env?: Variables;
  readonly after?: SettledProcess['after'];
  readonly onExit?: OnExit;
  readonly maxInstances?: number;
  readonly hangWarn?: number;
  readonly hangKill?: number;
}

/** A configuration that has passed: times in milliseconds, sizes in bytes, `env` with what the files of `envFile` say. */
export type Config = SettledTop &
  Plain & { readonly cluster?: ClusterType; readonly mailLimit?: number; readonly restart?: ClusterOptions['restart'] } & Pick<ClusterOptions, Timed>;

/** A configuration as everybody else takes it: times in milliseconds, sizes in bytes, short forms written out. Its keys may be left out still: DEFAULTS. */
import type { Autoscale, Condition, Probes } from '../../care.ts';
import type { Rpc } from './table.ts';
import type { EntryConfig } from './order-types.ts';
import type { Ready } from './order.ts';
import type { AgentConfig, CareConfig, DaemonConfig, DurationText, ProcessConfig, RunConfig, SizeText, TopConfig } from './types.ts';

/** Without the texts that had a unit. */
export type Settled<Value> = Value extends DurationText | SizeText
  ? never
  : Value extends readonly (infer Item)[]
    ? readonly Settled<Item>[]
    : Value extends object
      ? { readonly [Key in keyof Value]: Settled<Value[Key]> }
      : Value;

/** `null`: the variable is taken away. */
export type Variables = Readonly<Record<string, string | null>>;

interface OwnRun {
  /** With what the files of `envFile` say. */
  readonly env?: Variables;
  readonly envFile?: readonly string[];
  readonly cpuAffinity?: 'auto' | readonly number[];
}

interface OwnCare {
  readonly maxMemory?: { readonly soft?: number; readonly hard?: number };
  readonly probes?: Probes;
  readonly autoscale?: Autoscale;
}

export type SettledRun = Omit<Settled<RunConfig>, keyof OwnRun> & OwnRun;
export type SettledCare = Omit<Settled<CareConfig>, keyof OwnCare> & OwnCare;

interface OwnProcess {
  readonly after?: Readonly<Record<string, Condition>>;
  readonly ready?: Ready;
  readonly entry?: Settled<EntryConfig> | false;
}

export type SettledProcess = Omit<Settled<ProcessConfig>, keyof OwnRun | keyof OwnCare | keyof OwnProcess> & OwnRun & OwnCare & OwnProcess;
export type SettledAgent = Omit<Settled<AgentConfig>, keyof OwnRun> & OwnRun;

export type SettledTop = Omit<Settled<TopConfig>, keyof OwnRun | keyof OwnCare | 'agent' | 'processes' | 'daemon' | 'rpc'> &
  OwnRun &
  OwnCare & {
    readonly agent?: boolean | SettledAgent;
    readonly rpc?: Rpc;
    readonly daemon?: Omit<Settled<DaemonConfig>, 'umask'> & { readonly umask?: number };
    readonly processes?: Readonly<Record<string, SettledProcess>>;
  };

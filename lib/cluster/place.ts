/** What settings are for: how the app workers are called, where they are, and what is said of them alone. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Condition } from '../care.ts';
import { BroodError } from '../errors.ts';
import type { ProcessSpec } from '../model.ts';

/** What agent and app workers have for themselves, beside what all process types of the application have. */
export interface Apart {
  /** Environment variables, over those of all processes. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Types that come before them, and what each must be. */
  readonly after: Readonly<Record<string, Condition>>;
  readonly hangWarn?: number;
  readonly hangTimeout?: number;
  /** The agent alone: variables over those, and what the operating system gives it. */
  readonly agent?: AgentApart;
}

export interface AgentApart extends Pick<ProcessSpec, 'affinity' | 'nice' | 'limits'> {
  readonly variables: Readonly<Record<string, string | undefined>>;
}

export const NOTHING_APART: Apart = { variables: {}, after: {} };

/** What the options are for. */
export interface Place {
  /** The process type of the app workers. */
  readonly type: string;
  /** An application may have no cluster; `'only'`: it has none, whatever is in its directory. */
  readonly bare: boolean | 'only';
  /** Where its hooks are, relative to `baseDir`. Default: there. */
  readonly cluster?: string | undefined;
}

export const IN_CODE: Place = { type: 'app', bare: false };

/**
 * The directory of the hooks.
 *
 * @throws BROOD_CLUSTER_DIRECTORY
 */
export function clusterDirectory({ type, cluster }: Place, baseDir: string): string {
  if (cluster === undefined) return baseDir;
  const path = resolve(baseDir, cluster);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw new BroodError('BROOD_CLUSTER_DIRECTORY', { type, path, from: baseDir });
  return path;
}

/** Where clients come to a process type beside the cluster. */
export interface Door {
  /** The process type. */
  readonly type: string;
  readonly port: number;
  readonly protocol: string;
  readonly host: string | undefined;
  /** Every instance is handed the socket, which listens for that. */
  readonly isHandedOn: boolean;
}

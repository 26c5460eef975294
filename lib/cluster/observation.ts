/** What the instances tell of themselves and count, as far as options say it; a program that calls startCluster() decides on what that costs. */
import type { ClusterOptions } from './option-table.ts';

export interface Observation {
  /** Milliseconds; 0: nothing watches the event loops. */
  readonly hangWarn: number;
  /** Requests and connections are counted. */
  readonly observe: boolean;
  /** A worker is replaced after so many requests. */
  readonly maxRequests: number | undefined;
}

export const observationOf = ({ hangWarn = 0, observe = false, maxRequests }: ClusterOptions): Observation => ({ hangWarn, observe, maxRequests });

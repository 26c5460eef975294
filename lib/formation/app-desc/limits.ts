/** The limits of BlueKing: names, lengths, numbers. */

/** Begins with a letter or a digit; a `-` at the end passes. */
export const PROCESS_NAME = /^[a-z0-9][a-z0-9-]*$/;
export const LONGEST_PROCESS_NAME = 12;
export const MOST_PROCESSES = 16;

/** `-dot-` stands between module and application in the addresses of the platform. */
export const MODULE_NAME = /^(?!.*-dot-)[a-z](?:[a-z0-9-]*[a-z0-9])?$/;
export const LONGEST_MODULE_NAME = 16;
export const MOST_MODULES = 10;

/** Replicas of a process, unless somebody allows more. */
export const MOST_REPLICAS = 5;

/** What the default policy of autoscaling keeps to, in percent. */
export const AUTOSCALING_CPU = 85;

export const HIGHEST_PORT = 65_535;

export const ENV_NAME = /^[A-Z][A-Z0-9_]*$/;
export const LONGEST_ENV_NAME = 1024;
const RESERVED_PREFIXES = ['BKPAAS_', 'KUBERNETES_', 'IEOD_'];
const RESERVED_NAMES: ReadonlySet<string> = new Set(['SLUG_URL', 'HOME', 'S3CMD_CONF', 'HOSTNAME']);

/** What is reserved about the name of a variable: all of it, or its beginning. */
export const reservedIn = (name: string): string | undefined => (RESERVED_NAMES.has(name) ? name : RESERVED_PREFIXES.find(prefix => name.startsWith(prefix)));

/** A label of DNS. */
export const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/** With `_` it is an S-mart application. */
export const APP_CODE = /^[a-z](?:[a-z0-9-]{0,38}|[a-z0-9_-]{2,19})$/;

export const PLANS_2 = ['Starter', '4C1G5R', '4C2G5R', '4C4G5R'] as const;
export const PLANS_3 = ['default', '4C1G', '4C2G', '4C4G', '2C1G', '2C2G', '1C1G'] as const;

export const LANGUAGES = ['Python', 'PHP', 'Go', 'NodeJS', 'Java'] as const;

/** Least and most of each figure of a probe. */
export const PROBE_RANGES = {
  initialDelaySeconds: [0, 300],
  timeoutSeconds: [1, 60],
  periodSeconds: [2, 300],
  successThreshold: [1, 3],
  failureThreshold: [1, 50],
} as const;

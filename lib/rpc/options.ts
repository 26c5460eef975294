/** The options of server and client: what each takes, and what it is when left out. */
import { BroodError } from '../errors.ts';
import { checkOptions } from '../policy/check-options.ts';
import { flag, rule, text, wait, whole } from '../policy/rules.ts';
import type { Rule } from '../policy/rules.ts';

/** What one message may be; a message that is more ends its connection. */
export interface RpcLimits {
  /** Bytes of one message, in both directions. Default: 16777216. */
  readonly maxMessageSize: number;
  /** Bytes of one text, or of one binary. Default: `maxMessageSize`. */
  readonly maxStringLength: number;
  /** Arrays and maps in each other, the message itself counted. Default: 100. */
  readonly maxDepth: number;
  /** Values in one message, the keys of maps counted. Default: 1000000. */
  readonly maxValues: number;
}

/** Options of serveRpc(). */
export interface RpcOptions extends Partial<RpcLimits> {
  /** Calls of one connection under way at a time; beyond that its bytes are not read. Default: 1000. */
  readonly maxInFlight?: number;
  /** Methods get an {@link RpcContext} as their first argument. Default: false. */
  readonly context?: boolean;
  /** The stack of a thrown error goes to the client, too. Default: false. */
  readonly stacks?: boolean;
}

export interface ServerSettings extends RpcLimits {
  readonly maxInFlight: number;
  readonly context: boolean;
  readonly stacks: boolean;
}

/** Where a server is. */
export type RpcWhere = { readonly port: number; readonly host?: string } | { readonly path: string };

/** Options of connectRpc(): `port` (and `host`), or `path`. */
export interface RpcClientOptions extends Partial<RpcLimits> {
  readonly port?: number;
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** A unix socket instead of a port. */
  readonly path?: string;
  /** Milliseconds until an answer, or a connection, must be there. Default: 30000. */
  readonly timeout?: number;
}

const count = (least: number, most: number, fallback: number | string): Rule =>
  rule(`a whole number from ${least} to ${most}`, String(fallback), whole(least, most));

const MOST = 2 ** 30;
const DEFAULT_SIZE = 16 * 1024 * 1024;
const LIMITS: Readonly<Record<keyof RpcLimits, Rule>> = {
  maxMessageSize: count(64, MOST, DEFAULT_SIZE),
  maxStringLength: count(1, MOST, 'maxMessageSize'),
  maxDepth: count(2, 1000, 100),
  maxValues: count(8, MOST, 1_000_000),
};
const SERVER: Readonly<Record<keyof RpcOptions, Rule>> = { ...LIMITS, maxInFlight: count(1, 1_000_000, 1000), context: flag('false'), stacks: flag('false') };
const CLIENT: Readonly<Record<keyof RpcClientOptions, Rule>> = {
  ...LIMITS,
  port: count(1, 65_535, 'none, but then "path" is needed'),
  host: text('a host name or an address', '127.0.0.1'),
  path: text('the path of a unix socket', 'none'),
  timeout: wait('30000'),
};

function limitsOf({ maxMessageSize = DEFAULT_SIZE, maxStringLength, maxDepth = 100, maxValues = 1_000_000 }: Partial<RpcLimits>): RpcLimits {
  return { maxMessageSize, maxStringLength: maxStringLength ?? maxMessageSize, maxDepth, maxValues };
}

/** @throws BROOD_OPTION_UNKNOWN, BROOD_OPTION_TYPE */
export function serverSettings(options: RpcOptions): ServerSettings {
  checkOptions({ ...options }, SERVER);
  const { maxInFlight = 1000, context = false, stacks = false } = options;
  return { ...limitsOf(options), maxInFlight, context, stacks };
}

export interface ClientSettings {
  readonly where: RpcWhere;
  readonly timeout: number;
  readonly limits: RpcLimits;
}

/** @throws BROOD_OPTION_UNKNOWN, BROOD_OPTION_TYPE, BROOD_OPTION_CONFLICT */
export function clientSettings(options: RpcClientOptions): ClientSettings {
  checkOptions({ ...options }, CLIENT);
  const { port, host = '127.0.0.1', path, timeout = 30_000 } = options;
  if (path !== undefined && port !== undefined) throw new BroodError('BROOD_OPTION_CONFLICT', { options: '"path" and "port"' });
  if (path === undefined && port === undefined) {
    const { expected, fallback } = CLIENT.port;
    throw new BroodError('BROOD_OPTION_TYPE', { option: 'port', expected, actual: 'undefined', fallback });
  }
  return { where: path === undefined ? { port: port ?? 0, host } : { path }, timeout, limits: limitsOf(options) };
}

export const addressText = (where: RpcWhere): string => ('path' in where ? where.path : `${where.host ?? '127.0.0.1'}:${where.port}`);

/** The rules of what a process type waits for, when it is ready itself, and whether it is an entry. */
import { CONDITIONS } from '../../care.ts';
import type { Condition, Probe } from '../../care.ts';
import { BOOLEAN, constant, either, flag, like, listOf, OBJECT, oneOf, rule, TEXT, text } from '../../policy/rules.ts';
import { readyAgrees } from './agree.ts';
import { TYPE_NAME } from '../type-name.ts';
import { byName, checked, duration, exactlyOne, number, object } from './field.ts';
import type { Field, FieldsOf } from './field.ts';
import { hostAndPort } from './probes.ts';
import { httpGetOf, tcpSocketOf } from './short-forms.ts';
import type { EntryConfig, ReadyConfig } from './order-types.ts';

/** When an instance is ready, written out. */
export type Ready = 'spawn' | 'message' | 'probe' | { readonly check: Probe['check'] } | { readonly line: string };

const TEXTS = listOf(like(/^[^]+$/));
const conditions = byName('process type', TYPE_NAME, oneOf(CONDITIONS, 'ready'));

function conditionsOf(value: unknown): Readonly<Record<string, Condition>> {
  // Proven by the rule: a text, a list of texts, or conditions by name.
  if (typeof value === 'string') return { [value]: 'ready' };
  if (Array.isArray(value)) return Object.fromEntries((value as readonly string[]).map(type => [type, 'ready'] as const));
  return value as Readonly<Record<string, Condition>>;
}

export const after: Field = {
  ...rule("the name of a process type, a list of them, or an object such as { migrate: 'completed' }", 'none', either(like(/^[^]+$/), TEXTS, OBJECT)),
  ...(conditions.names === undefined ? {} : { names: conditions.names }),
  settle: conditionsOf,
};

const isPattern = (value: string): boolean => {
  try {
    return new RegExp(value, 'u') instanceof RegExp;
  } catch {
    return false;
  }
};

const READY: FieldsOf<ReadyConfig> = {
  tcp: hostAndPort(1),
  http: checked("a path, a port or an address: '/healthz', ':8080/healthz', 'http://127.0.0.1:8080/healthz'", 'none', one => httpGetOf(one) !== undefined),
  exec: rule('a shell line, or a list: the program and its words', 'none', either(TEXT, listOf(TEXT, 1))),
  line: checked('a regular expression', 'none', isPattern),
};

function checkOf({ tcp, http, exec = '' }: ReadyConfig): Probe['check'] {
  const socket = tcp === undefined ? undefined : tcpSocketOf(tcp);
  if (socket !== undefined) return { kind: 'tcp', port: socket.port, host: socket.host ?? '127.0.0.1' };
  const get = http === undefined ? undefined : httpGetOf(http);
  if (get === undefined) return { kind: 'exec', command: exec };
  const { path = '/', scheme = 'HTTP', host = '127.0.0.1', port } = get;
  return { kind: 'http', path, scheme, host, headers: [], ...(port === undefined ? {} : { port }) };
}

export const ready: Field = {
  ...rule(
    "one of 'spawn', 'message', 'probe', or an object { tcp, http, exec or line }",
    "'probe' with a readiness probe, else 'spawn' for a command, 'message' for a module",
    either(constant('spawn', 'message', 'probe'), OBJECT),
  ),
  fields: READY,
  about: 'ReadyConfig',
  together: exactlyOne(['tcp', 'http', 'exec', 'line']),
  agree: readyAgrees,
  settle: (value): Ready => {
    // Proven by the rule.
    const given = value as 'spawn' | 'message' | 'probe' | ReadyConfig;
    if (typeof given === 'string') return given;
    return given.line === undefined ? { check: checkOf(given) } : { line: given.line };
  },
};

const ENTRY: FieldsOf<EntryConfig> = {
  port: number('port of the process type', 1, 65_535),
  host: text('a host name or an address', 'every address'),
  protocol: oneOf(['http', 'tcp'], 'http'),
  by: oneOf(['balancer', 'socket'], 'balancer'),
  trust: flag('false'),
  queueTimeout: duration('10000', 1),
};

export const entry: Field = {
  ...object('EntryConfig', ENTRY),
  ...rule('true, false, or an object { port, host, protocol, by }', 'false', either(BOOLEAN, OBJECT)),
  settle: value => (value === true ? {} : value),
};

/** The rules of probes; a probe that has passed is handed on with its short form written out and every default filled in. */
import { ANY_TEXT, between, constant, either, listOf, OBJECT, oneOf, rule, TEXT, text, whole } from '../../policy/rules.ts';
import { probeAgrees, probesAgree, WAYS } from './agree.ts';
import { checked, exactlyOne, number, object } from './field.ts';
import type { Field, FieldsOf } from './field.ts';
import { HOST_AND_PORT, httpGetOf, tcpSocketOf } from './short-forms.ts';
import type { Probe } from '../../care.ts';
import type { ExecConfig, HeaderConfig, HttpGetConfig, ProbeConfig, ProbesConfig, TcpSocketConfig } from './probe-types.ts';

const port = (fallback: string): Field => number(fallback, 1, 65_535);
const host = text('a host name or an address', '127.0.0.1');
const seconds = (fallback: string, least: number): Field => rule(`a number of seconds from ${least} to 86400`, fallback, between(least, 86_400));

/** A port, or `'host:port'`. `least`: 0 where a free one may be asked for. */
export const hostAndPort = (least: number): Field =>
  rule(
    `a port from ${least} to 65535, or a text such as '127.0.0.1:8080'`,
    'none',
    either(whole(least, 65_535), {
      schema: { type: 'string', pattern: HOST_AND_PORT.source },
      check: value => typeof value === 'string' && (tcpSocketOf(value)?.port ?? -1) >= least,
    }),
  );

const HEADER: FieldsOf<HeaderConfig> = { name: text('the name of a header', 'none'), value: rule('a text', 'none', ANY_TEXT) };

const HTTP_GET: FieldsOf<HttpGetConfig> = {
  path: checked('a path that begins with "/"', '/', value => value.startsWith('/')),
  port: port('the port of the application'),
  host,
  scheme: oneOf(['HTTP', 'HTTPS'], 'HTTP'),
  httpHeaders: { ...rule('a list of { name, value }', 'none', listOf(OBJECT)), items: object('HeaderConfig', HEADER, ['name', 'value']) },
};

const TCP_SOCKET: FieldsOf<TcpSocketConfig> = { port: port('the port of the application'), host };

const EXEC: FieldsOf<ExecConfig> = {
  command: rule('a shell line, or a list: the program and its words', 'none', either(TEXT, listOf(TEXT, 1))),
};

const PROBE: FieldsOf<ProbeConfig> = {
  httpGet: object('HttpGetConfig', HTTP_GET),
  http: checked("a path, a port or an address: '/healthz', ':8080/healthz', 'http://127.0.0.1:8080/healthz'", 'none', one => httpGetOf(one) !== undefined),
  tcpSocket: object('TcpSocketConfig', TCP_SOCKET),
  tcp: hostAndPort(1),
  exec: object('ExecConfig', EXEC, ['command']),
  message: rule('true', 'none', constant(true)),
  initialDelaySeconds: seconds('0', 0),
  periodSeconds: seconds('10', 0.1),
  timeoutSeconds: seconds('1', 0.1),
  successThreshold: number('1', 1, 1000),
  failureThreshold: number('3', 1, 1000),
};

function checkOf({ httpGet, http, tcpSocket, tcp, exec }: ProbeConfig): Probe['check'] {
  const get = httpGet ?? (http === undefined ? undefined : httpGetOf(http));
  if (get !== undefined) {
    const { path = '/', scheme = 'HTTP', httpHeaders = [] } = get;
    return { kind: 'http', path, scheme, headers: httpHeaders, host: get.host ?? '127.0.0.1', ...(get.port === undefined ? {} : { port: get.port }) };
  }
  const socket = tcpSocket ?? (tcp === undefined ? undefined : tcpSocketOf(tcp));
  if (socket !== undefined) return { kind: 'tcp', ...(socket.port === undefined ? {} : { port: socket.port }), host: socket.host ?? '127.0.0.1' };
  return exec === undefined ? { kind: 'message' } : { kind: 'exec', command: exec.command };
}

function inFull(config: ProbeConfig): Probe {
  const { initialDelaySeconds = 0, periodSeconds = 10, timeoutSeconds = 1, successThreshold = 1, failureThreshold = 3 } = config;
  const [initialDelay, period, timeout] = [initialDelaySeconds, periodSeconds, timeoutSeconds].map(value => Math.round(value * 1000));
  return { check: checkOf(config), initialDelay: initialDelay ?? 0, period: period ?? 0, timeout: timeout ?? 0, successThreshold, failureThreshold };
}

// Proven by PROBE: a value that has passed is a ProbeConfig.
const probe: Field = { ...object('ProbeConfig', PROBE), together: exactlyOne(WAYS), agree: probeAgrees, settle: value => inFull(value as ProbeConfig) };

const PROBES: FieldsOf<ProbesConfig> = { startup: probe, readiness: probe, liveness: probe };

export const probes: Field = { ...object('ProbesConfig', PROBES), agree: probesAgree };

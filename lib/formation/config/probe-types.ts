/** The types of probes, with Kubernetes' names. */

export interface ProbesConfig {
  /** Until it succeeds, the other two wait. */
  readonly startup?: ProbeConfig;
  /** While it fails, the instance gets no new connections. */
  readonly readiness?: ProbeConfig;
  /** When it fails, the instance is replaced. */
  readonly liveness?: ProbeConfig;
}

/** One of `httpGet`, `http`, `tcpSocket`, `tcp`, `exec`, `message`, and how often. */
export interface ProbeConfig {
  /** Succeeds with a status from 200 to 399. */
  readonly httpGet?: HttpGetConfig;
  /** The same in short: `'/healthz'`, `':8080/healthz'`, `'http://127.0.0.1:8080/healthz'`. */
  readonly http?: string;
  /** Succeeds when the port accepts a connection. */
  readonly tcpSocket?: TcpSocketConfig;
  /** The same in short: `8080`, `'127.0.0.1:8080'`. */
  readonly tcp?: number | string;
  /** Succeeds when the command ends with 0. */
  readonly exec?: ExecConfig;
  /** Succeeds when the process answers a message. */
  readonly message?: true;
  /** Seconds before the first one. Default: 0. */
  readonly initialDelaySeconds?: number;
  /** Seconds from one to the next. Default: 10. */
  readonly periodSeconds?: number;
  /** Seconds for an answer. Default: 1. */
  readonly timeoutSeconds?: number;
  /** So many in a row that succeed count as success. Default: 1. */
  readonly successThreshold?: number;
  /** So many in a row that fail count as failure. Default: 3. */
  readonly failureThreshold?: number;
}

export interface HttpGetConfig {
  /** Default: `/`. */
  readonly path?: string;
  /** Default: the port of the application. */
  readonly port?: number;
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Default: `HTTP`. */
  readonly scheme?: 'HTTP' | 'HTTPS';
  /** Headers to send. */
  readonly httpHeaders?: readonly HeaderConfig[];
}

export interface HeaderConfig {
  /** Its name. */
  readonly name: string;
  /** What it says. */
  readonly value: string;
}

export interface TcpSocketConfig {
  /** Port to connect to. Default: the port of the application. */
  readonly port?: number;
  /** Default: 127.0.0.1. */
  readonly host?: string;
}

export interface ExecConfig {
  /** A shell line, or the program and its words. */
  readonly command: string | readonly string[];
}

/** What a configuration file may say of readiness and of entries, as types. */
import type { Duration } from './unit-types.ts';

/** What has to be there: one of these. It is looked for again and again until `startTimeout`. */
export interface ReadyConfig {
  /** A port that takes connections, or `'host:port'`. */
  readonly tcp?: number | string;
  /** A path, a port or an address that answers with 200 to 399: `'/healthz'`. */
  readonly http?: string;
  /** A shell line that succeeds, or a list: the program and its words. */
  readonly exec?: string | readonly string[];
  /** A line of its output that matches this regular expression. */
  readonly line?: string;
}

/** Where clients come in, and how they are brought to the instances. */
export interface EntryConfig {
  /** Default: `port` of the process type; its instances get the ports after that. */
  readonly port?: number;
  /** Default: every address. */
  readonly host?: string;
  /** What is spoken there: HTTP/1.1 with WebSocket, or anything over TCP. Default: `'http'`. */
  readonly protocol?: 'http' | 'tcp';
  /** Who brings them: a balancer of ours, or nobody, because every instance is handed the listening socket itself (file descriptor 3, LISTEN_FDS). Default: `'balancer'`. */
  readonly by?: 'balancer' | 'socket';
  /** Another proxy stands before the balancer: what that one says in X-Forwarded-* is kept. Default: false. */
  readonly trust?: boolean;
  /** So long the balancer keeps a request for which no instance is ready. Default: 10000. */
  readonly queueTimeout?: Duration;
}

/** By whom a request is answered, as types: workers that it belongs to, instances behind an entry. */

/** By what a request belongs to one worker. */
export interface Sticky {
  readonly by: 'sid' | 'cookie' | 'ip';
  /** Of the query parameter, or of the cookie. */
  readonly name: string;
  /** So many proxies stand in front of the cluster, and each appends to X-Forwarded-For. */
  readonly proxies: number;
}

/** A worker that requests can be passed on to. */
export interface Home {
  readonly id: number;
  readonly slot: number;
}

/** An address at which a router takes connections for the instances of a process type. Times are in milliseconds. */
export interface EntryBoot {
  /** The process type. */
  readonly entry: string;
  readonly protocol: 'http' | 'tcp';
  readonly port: number;
  /** Default: all addresses. */
  readonly host?: string;
  /** Another proxy stands in front: what it says in X-Forwarded-* is kept. Default: false. */
  readonly trust?: boolean;
  /** So long a request waits for an instance that takes it. Default: 10,000. */
  readonly queueTimeout?: number;
  /** So many wait at a time, in each router. Default: 1024. */
  readonly queueLimit?: number;
  /** So long a connection to an instance may take. Default: 5,000. */
  readonly connectTimeout?: number;
  /** So long an idle connection of a client is kept. Default: that of Node.js. */
  readonly keepAliveTimeout?: number;
}

/** An instance as a router sees it. */
export interface Backend {
  readonly id: number;
  /** `web.1` */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly state: BackendState;
}
/** `unready`: its readiness probe fails. `draining`: it finishes what it has begun. */
export type BackendState = 'ready' | 'unready' | 'draining';

/** Who serves behind an entry. */
export interface BackendsOfEntry {
  readonly entry: string;
  readonly backends: readonly Backend[];
  /** None is wanted: nobody waits for one. Default: false. */
  readonly closed?: boolean;
}

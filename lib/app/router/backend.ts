/** One instance behind an entry: its connections, those that wait to be used again, and how it has answered. */
import { Agent, request as open } from 'node:http';
import type { ClientRequest, ClientRequestArgs } from 'node:http';
import { connect, type LookupFunction, type Socket, type TcpNetConnectOpts } from 'node:net';
import type { Candidate } from '../../policy/backend-choice.ts';
import type { Backend as Told, BackendState } from '../../entries.ts';

/** So many connections without a request are kept for each instance. */
const MOST_FREE = 256;
/**
 * Milliseconds that such a connection is kept when the instance does not say how long it keeps it: gunicorn closes its end after 2 s.
 * One that says so is left a second before, for its time runs from when it has written the answer.
 */
const KEPT = 1_500;
const MARGIN = 1_000;
/** How often those that are too old are looked for. */
const LOOK = 500;

/** Both, without a look into /etc/hosts: what listens on `localhost` may listen on either. */
const LOOPBACK = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];
// All of them are asked for where several may be tried.
const loopback: LookupFunction = (_host, _options, done) => done(null, LOOPBACK);

const FREE = Symbol('free since');
/** A connection of ours. */
export type Line = Socket & { [FREE]?: number };

interface Given extends ClientRequestArgs {
  readonly line: Line;
}

/** Gives each request the connection that was chosen for it. node:http calls `addRequest` of its agent for one. */
class Operator extends Agent {
  addRequest(request: ClientRequest, options: Given): void {
    request.onSocket(options.line);
  }
}
/** Connections stay open: that is what `keepAlive` says to node:http. */
const operator = new Operator({ keepAlive: true });

/** What a request is opened with. */
export interface Opening {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly string[];
}

/** Opens a request over `line`; `undefined`: what node:http reads it does not always write. */
export function openOver(line: Line, { method, path, headers }: Opening): ClientRequest | undefined {
  // Lenient parsing never, whatever the flags of this process say.
  const options: Given = { line, agent: operator, insecureHTTPParser: false, setHost: false, method, path, headers };
  try {
    const request = open(options);
    // 0: as many as fit into the limit of their size; one that is not counted would not be passed on.
    request.maxHeadersCount = 0;
    return request;
  } catch {
    return undefined;
  }
}

export class Backend implements Candidate {
  readonly id: number;
  readonly name: string;
  readonly #host: string;
  readonly #port: number;
  readonly #connectTimeout: number;
  state: BackendState = 'ready';
  inFlight = 0;
  proven = false;
  failures = 0;
  failedAt = 0;
  /** The youngest is the last. */
  readonly #free: Line[] = [];
  #sweep: NodeJS.Timeout | undefined;
  /** Milliseconds that a connection waits to be used again; `undefined`: it has not answered yet. */
  kept: number | undefined;

  constructor({ id, name, host, port }: Told, connectTimeout: number) {
    this.id = id;
    this.name = name;
    this.#host = host;
    this.#port = port;
    this.#connectTimeout = connectTimeout;
  }

  isAt({ host, port }: Told): boolean {
    return this.#host === host && this.#port === port;
  }

  /** A connection that is free. */
  take(): Line | undefined {
    const line = this.#free.pop();
    if (line === undefined) return undefined;
    const since = line[FREE] ?? 0;
    delete line[FREE];
    if (line.writable && performance.now() - since < (this.kept ?? KEPT)) return line;
    // The others are older still.
    line.destroy();
    this.#closeFree();
    return undefined;
  }

  /** A new connection, or why there is none. `halfOpen`: each end closes by itself. */
  connect(halfOpen: boolean, done: (line: Line | undefined) => void): void {
    const options: TcpNetConnectOpts = { host: this.#host, port: this.#port, noDelay: true, allowHalfOpen: halfOpen };
    const line: Line = connect(this.#host === 'localhost' ? { ...options, autoSelectFamily: true, lookup: loopback } : options);
    const timer = setTimeout(() => line.destroy(), this.#connectTimeout);
    const failed = (): void => {
      clearTimeout(timer);
      done(undefined);
    };
    // Whoever uses it listens for itself; an error of one that is free is its `close`.
    line.on('error', () => {});
    line.once('close', failed);
    line.once('connect', () => {
      clearTimeout(timer);
      line.off('close', failed);
      this.proven = true;
      this.failures = 0;
      done(line);
    });
  }

  /** For a connection that is to be used again: node:http says so by `free`. */
  keep(line: Line): void {
    line.on('free', () => this.giveBack(line));
    line.on('close', () => this.#forget(line));
    line.on('end', () => line[FREE] === undefined || line.destroy());
    // What nobody has asked for would be taken for the next answer.
    line.on('data', () => line[FREE] === undefined || line.destroy());
  }

  giveBack(line: Line): void {
    if (this.state !== 'ready' || !line.writable || this.#free.length >= MOST_FREE) return void line.destroy();
    line[FREE] = performance.now();
    this.#free.push(line);
    this.#sweep ??= setInterval(() => this.#closeOld(), LOOK).unref();
  }

  /** Unless it is ready it gets nothing new; what is under way is finished. */
  become(state: BackendState): void {
    this.state = state;
    if (state !== 'ready') this.#closeFree();
  }

  /** It did not take a connection that was begun then. What was under way when it began to fail says nothing more. */
  failed(began: number, now: number): void {
    if (began < this.failedAt) return;
    this.failures++;
    this.failedAt = now;
  }

  #forget(line: Line): void {
    if (line[FREE] === undefined) return;
    const at = this.#free.indexOf(line);
    if (at >= 0) this.#free.splice(at, 1);
  }

  #closeOld(): void {
    const oldest = performance.now() - (this.kept ?? KEPT);
    while ((this.#free[0]?.[FREE] ?? Infinity) < oldest) this.#free.shift()?.destroy();
    if (this.#free.length === 0) this.#closeFree();
  }

  #closeFree(): void {
    clearInterval(this.#sweep);
    this.#sweep = undefined;
    for (const line of this.#free.splice(0)) line.destroy();
  }

  /** What it says of how long it keeps a connection. */
  keeps(milliseconds: number | undefined): void {
    this.kept = milliseconds === undefined ? KEPT : milliseconds - Math.min(MARGIN, milliseconds / 2);
  }
}

/** One run of `brood dev`: the application is started, replaced when its files change, and started again where it could not start. */
import type { Cluster } from '../../cluster/cluster.ts';
import { reloadError } from '../../supervisor/failure.ts';
import type { ClusterOptions } from '../../cluster/option-table.ts';
import { startCluster } from '../../cluster/start.ts';
import { BroodError } from '../../errors.ts';
import { counted } from '../../policy/plural.ts';
import type { Death } from '../../model.ts';
import { isPlanned } from '../../policy/restart.ts';
import { urlOf } from '../../daemon/url.ts';
import { Acceptors } from './acceptors.ts';
import type { Role } from './concerned.ts';
import type { Screen } from './screen.ts';

/** What may be mended by the next save; everything else is about the command, or the machine. */
const OF_THE_APPLICATION: ReadonlySet<string> = new Set(['BROOD_START_FAILED', 'BROOD_START_TIMEOUT']);
const WAITS = 'Waiting for the next save.';
const KEEPS_SERVING = 'The previous version keeps serving. Waiting for the next save.';

/** Milliseconds. */
const JUST_READY = 500;

const ALL: readonly Role[] = ['agent', 'app'];

/** Of an application that could not start because somebody else has its port: no save helps. */
const isPortTaken = ({ cause }: BroodError): boolean => cause instanceof Error && Reflect.get(cause, 'code') === 'EADDRINUSE';

function signal(): { readonly given: Promise<void>; readonly give: () => void } {
  let give = (): void => {};
  const given = new Promise<void>(resolve => (give = resolve));
  return { given, give };
}

export class Session {
  readonly #options: ClusterOptions;
  readonly #screen: Screen;
  /** Of the start that is under way. */
  #abort = new AbortController();
  #cluster: Cluster | undefined;
  /** A change came while nothing serves. */
  #again = signal();
  readonly #left = signal();
  #stopping = false;
  /** What runs in an older version than its files. */
  readonly #outdated = new Set<Role>();
  /** The replacement that was begun last, while it is under way. */
  #round: symbol | undefined;
  #readyAt = 0;
  #acceptors: Acceptors | undefined;
  /** Looks whether the replacement serves. */
  #served: () => void = () => {};

  constructor(options: ClusterOptions, screen: Screen) {
    this.#options = options;
    this.#screen = screen;
  }

  /** Whether it starts, is replaced, or has just been: what it writes then, it writes with every start. */
  get isStarting(): boolean {
    return this.#cluster === undefined || this.#round !== undefined || performance.now() - this.#readyAt < JUST_READY;
  }

  /** Where it serves, while it does. */
  get address(): Cluster['address'] | undefined {
    return this.#cluster?.address;
  }

  /**
   * Resolves when it was stopped and nothing is left.
   *
   * @param ready called when the application serves for the first time
   * @throws what the first start fails with when no save can mend it
   */
  async run(ready: () => void): Promise<void> {
    let first = true;
    while (!this.#stopping) {
      const began = performance.now();
      this.#again = signal();
      this.#abort = new AbortController();
      const cluster = await this.#start(first);
      first = false;
      if (cluster === undefined) {
        if (!this.#stopping) await this.#again.given;
        continue;
      }
      this.#tellReady(cluster, performance.now() - began);
      ready();
      const closed = new Promise(resolve => cluster.once('close', () => resolve(undefined)));
      if (this.#stopping) void cluster.close();
      await Promise.race([closed, this.#left.given]);
    }
  }

  /** These changed: the agent, the workers, or both. */
  replace(roles: readonly Role[] = ALL): void {
    if (this.#stopping) return;
    if (this.#cluster !== undefined) return void this.#replace(this.#cluster, roles);
    this.#abort.abort();
    this.#again.give();
  }

  reopenLogs(): void {
    void this.#cluster?.reopenLogs();
  }

  stop(): void {
    if (!this.#stopping) this.#screen.line('stopping');
    this.#stopping = true;
    if (this.#cluster === undefined) this.#abort.abort();
    else void this.#cluster.close();
    this.#again.give();
  }

  /** Does not wait for what drains; nor for a start that is being given up, whose processes end with this one. */
  hurry(): void {
    this.stop();
    if (this.#cluster === undefined) this.#left.give();
    else this.#cluster.hurry();
  }

  /** Undefined: it could not start, which has been told. */
  async #start(first: boolean): Promise<Cluster | undefined> {
    try {
      const start = startCluster({ ...this.#options, signals: false, logger: this.#logger(), abort: this.#abort.signal });
      start.catch(() => {});
      const cluster = await Promise.race([start, this.#left.given]);
      if (cluster === undefined) return undefined;
      this.#cluster = cluster;
      cluster.on('death', death => this.#tellDeath(death));
      this.#acceptors = new Acceptors(cluster, () => this.#served());
      return cluster;
    } catch (error) {
      if (!(error instanceof BroodError)) throw error;
      if (error.code === 'BROOD_START_ABORTED' && this.#abort.signal.aborted) return undefined;
      if (first && (!OF_THE_APPLICATION.has(error.code) || isPortTaken(error))) throw error;
      this.#screen.error(error, WAITS);
      return undefined;
    }
  }

  async #replace(cluster: Cluster, roles: readonly Role[]): Promise<void> {
    const round = Symbol('round');
    this.#round = round;
    for (const role of roles) if (role === 'app' || this.#hasAgent(cluster)) this.#outdated.add(role);
    const [only, second] = this.#outdated;
    this.#served = this.#whenServed(cluster, round);
    try {
      await cluster.reload({ ...(only === undefined || second !== undefined ? {} : { only }), overtake: true });
    } catch (error) {
      if (this.#round !== round || this.#stopping || !(error instanceof BroodError)) return;
      this.#screen.error(error, KEEPS_SERVING);
    } finally {
      if (this.#round === round) this.#round = undefined;
    }
  }

  /** The old ones may drain for a while; what counts is that the new ones serve, and no old one takes anything new. */
  #whenServed(cluster: Cluster, round: symbol): () => void {
    const began = performance.now();
    const last = this.#acceptors?.newest ?? 0;
    const before = cluster.instances();
    const wanted = ALL.filter(role => this.#outdated.has(role)).map(role => ({
      role,
      count: before.filter(one => one.type === role && one.state === 'ready').length || 1,
    }));
    return () => {
      const fresh = cluster.instances().filter(({ id, state }) => id > last && state === 'ready');
      if (this.#round !== round || !wanted.every(({ role, count }) => fresh.filter(({ type }) => type === role).length >= count)) return;
      if (this.#outdated.has('app') && this.#acceptors?.hasUpTo(last) === true) return;
      this.#served = (): void => {};
      this.#outdated.clear();
      this.#readyAt = performance.now();
      this.#screen.forgetError();
      const who = wanted.map(({ role, count }) => (count === 1 ? role : `${count} × ${role}`)).join(' and ');
      this.#screen.line(`${this.#screen.paint('green', 'ready')} ${who} in ${Math.round(this.#readyAt - began)} ms`);
    };
  }

  #hasAgent(cluster: Cluster): boolean {
    return cluster.instances().some(({ type }) => type === 'agent');
  }

  #tellReady(cluster: Cluster, milliseconds: number): void {
    this.#readyAt = performance.now();
    this.#screen.forgetError();
    const count = (type: string): number => cluster.instances().filter(one => one.type === type && one.state === 'ready').length;
    const who = [...(count('agent') > 0 ? ['agent'] : []), counted(count('app'), 'worker')].join(' and ');
    this.#screen.line(`${this.#screen.paint('cyan', urlOf(cluster.address))}   ${who} ready in ${Math.round(milliseconds)} ms`);
  }

  /** An instance that ended by itself. Its own error it has written itself, unless it could not boot. */
  #tellDeath(death: Death): void {
    if (isPlanned(death.reason) || this.#stopping) return;
    if (!death.served) {
      // Of a replacement its call tells.
      if (this.#round === undefined) this.#screen.error(reloadError(death), WAITS);
      return;
    }
    const how = death.signal ?? `exit code ${death.code ?? 'unknown'}`;
    const why = death.reason === 'exit' || death.reason === 'signal' ? how : `${death.reason}, ${how}`;
    this.#screen.line(`${this.#screen.paint('red', `${death.type} ended`)} after ${(death.uptime / 1000).toFixed(1)} s: ${why}; it is started again`);
  }

  #logger(): NonNullable<Exclude<ClusterOptions['logger'], false>> {
    // Ready and dead instances are told here, in other words.
    return { info: () => {}, warn: message => this.#screen.line(`${this.#screen.paint('yellow', 'warning')} ${message}`), error: () => {} };
  }
}

/** One agent or application in the process of the test: booted, served and closed as a real one, and nothing of the process taken over. */
import type { Agent, Application } from '../app/application.ts';
import { announce } from '../app/application.ts';
import { drainServers } from '../app/drain.ts';
import type { Guest, Where } from '../app/guest.ts';
import type { Lifecycle } from '../app/lifecycle.ts';
import { loadRequired, loadUnits } from '../app/loader.ts';
import { adoptGuests, closeGuests, drainGuests, listenWithGuests, warnOfNothing } from '../app/serve.ts';
import { BroodError } from '../errors.ts';
import type { Boot } from '../protocol.ts';
import type { MemoryMesh } from './memory-mesh.ts';
import { OwnServers } from './own-servers.ts';

export interface UnitOfTest<Kind extends Application | Agent> {
  readonly unit: Kind;
  readonly boot: Boot;
  readonly mesh: MemoryMesh;
}

/** `work`, but no longer than so many milliseconds. */
async function within(limit: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>(resolve => {
    timer = setTimeout(resolve, limit);
  });
  try {
    await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}

export class InProcess<Kind extends Application | Agent = Application | Agent> {
  readonly unit: Kind;
  readonly servers: OwnServers;
  readonly #boot: Boot;
  readonly #mesh: MemoryMesh;
  #step = 'its start';
  #lifecycle: Lifecycle | undefined;
  #guests: readonly Guest[] = [];
  #where: Where | undefined;

  constructor({ unit, boot, mesh }: UnitOfTest<Kind>) {
    this.unit = unit;
    this.#boot = boot;
    this.#mesh = mesh;
    this.servers = new OwnServers(server => announce(unit, server));
  }

  /** Where the first guest listens. */
  get where(): Where | undefined {
    if (this.#where !== undefined) return this.#where;
    const own = this.#guests.find(({ server }) => server !== undefined)?.server ?? this.servers.listeners[0]?.server;
    const address = own?.address();
    if (address === undefined || address === null) return undefined;
    return typeof address === 'string' ? { path: address } : { port: address.port, host: '127.0.0.1' };
  }

  /**
   * Boots it, up to didReady.
   *
   * @throws BROOD_START_TIMEOUT after `startTimeout` milliseconds, and what the boot of a real one does
   */
  async start(): Promise<void> {
    const { startTimeout, type } = this.#boot;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new BroodError('BROOD_START_TIMEOUT', { name: type, timeout: startTimeout, step: this.#step })), startTimeout);
    });
    try {
      await Promise.race([this.servers.run(() => this.#start()), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Everyone is ready. */
  async everyoneReady(): Promise<void> {
    await this.servers.run(async () => this.#lifecycle?.serverDidReady());
  }

  /** Runs `work` as a part of it: servers that it opens are its own. */
  run<Result>(work: () => Result): Result {
    return this.servers.run(work);
  }

  /**
   * Finishes what has begun within `drainTimeout` milliseconds, runs the beforeClose hooks, lets the guests go. What fails does not
   * keep the next step from being done; the first failure is thrown at the end.
   */
  async close(drainTimeout: number): Promise<void> {
    const failures: unknown[] = [];
    const attempt = (step: Promise<unknown>): Promise<unknown> => step.catch((error: unknown) => failures.push(error));
    await Promise.all([attempt(this.#drain(drainTimeout)), attempt(within(drainTimeout, drainGuests(this.#guests)))]);
    await attempt(this.unit.close());
    await attempt(closeGuests(this.#guests));
    this.servers.forget();
    await attempt(this.#mesh.close());
    if (failures.length > 0) throw failures[0];
  }

  async #drain(drainTimeout: number): Promise<void> {
    const { listeners } = this.servers;
    await drainServers({ drainTimeout, hurry: new AbortController().signal, listeners, idle: 0 });
  }

  async #start(): Promise<void> {
    const { unit } = this;
    const boot = this.#boot;
    const step = (name: string): void => {
      this.#step = name;
    };
    await loadRequired(boot, step);
    this.#lifecycle = await loadUnits(unit, boot, step);
    if (unit.type === 'application') this.#guests = await adoptGuests(unit, boot, step);
    step('listen');
    this.#where = await listenWithGuests(this.#guests, boot);
    await this.servers.listening();
    if (unit.type === 'application' && this.#guests.length === 0 && this.servers.listeners.length === 0) warnOfNothing(unit);
    step('didReady');
    await this.#lifecycle.didReady();
  }
}

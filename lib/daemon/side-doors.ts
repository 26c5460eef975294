/** The ports and sockets beside the control socket that a configuration names: health, metrics, commands by msgpack-rpc. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BroodError } from '../errors.ts';
import type { Ground } from '../cluster/launch.ts';
import type { Metrics } from '../supervisor/metrics.ts';
import { healthOf } from './health.ts';
import { HealthPorts } from './health-ports.ts';
import type { HealthSources } from './health.ts';
import type { Plan } from './plan.ts';
import type { Route } from './routes.ts';
import { serveControl } from './rpc-control.ts';

/** Milliseconds between two tries while the master before this one still holds an address. */
const AGAIN = 100;

/** What the doors of a master show. */
export interface Shown {
  readonly routes: readonly Route[];
  readonly metrics: Metrics;
  readonly failed: (error: unknown) => void;
}

export const doorsOf = (ground: Ground, { routes, metrics, failed }: Shown): SideDoors =>
  new SideDoors(routes, { condition: () => healthOf(ground), metrics: () => metrics.text() }, failed);

class SideDoors {
  readonly #routes: readonly Route[];
  readonly #health: HealthPorts;
  readonly #failed: (error: unknown) => void;
  #closeRpc: (() => Promise<void>) | undefined;
  #closed: Promise<void> | undefined;

  /** `failed` is told what goes wrong while nobody waits. */
  constructor(routes: readonly Route[], sources: Required<HealthSources>, failed: (error: unknown) => void) {
    this.#routes = routes;
    this.#failed = failed;
    this.#health = new HealthPorts(sources);
  }

  /** @throws BROOD_PORT_IN_USE, BROOD_PORT_DENIED, BROOD_LISTEN_FAILED, BROOD_RPC_… */
  async open(plan: Plan): Promise<void> {
    await this.#apply(plan);
    const closeRpc = await serveControl(plan, this.#routes);
    // It may have been closed meanwhile.
    if (this.#closed === undefined) this.#closeRpc = closeRpc;
    else await closeRpc?.();
  }

  /** Opens and closes the ports of health and metrics as the plan says now. */
  follow(plan: Plan): void {
    this.#apply(plan).catch(this.#failed);
  }

  async #apply({ loaded }: Plan): Promise<void> {
    await this.#health.apply({ health: loaded?.config.health, metrics: loaded?.config.metrics });
  }

  /** As open(), in the background, as soon as the master before this one has let go. */
  async openWhenFree(plan: Plan): Promise<void> {
    while (this.#closed === undefined) {
      try {
        return await this.open(plan);
      } catch (error) {
        const isHeld = (error instanceof BroodError && error.code === 'BROOD_PORT_IN_USE') || Reflect.get(Object(error), 'code') === 'EADDRINUSE';
        if (!isHeld) return this.#failed(error);
        await sleep(AGAIN);
      }
    }
  }

  /** What has begun is finished. */
  close(): Promise<void> {
    this.#closed ??= Promise.all([this.#closeRpc?.(), this.#health.close()]).then(() => {});
    return this.#closed;
  }
}

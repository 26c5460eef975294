/** The ports for health and metrics that a configuration names: what it names now is open, what it no longer names is closed. */
import { HealthServer } from './health.ts';
import type { HealthSources } from './health.ts';

export interface Port {
  /** 0 for a free one. */
  readonly port: number;
  /** Default: 127.0.0.1. */
  readonly host?: string;
}

/** As in a configuration file. */
export interface Ports {
  readonly health?: Port | undefined;
  readonly metrics?: Port | undefined;
}

interface Open {
  readonly server: HealthServer;
  readonly address: { readonly port: number; readonly host: string };
}

const keyOf = ({ port, host = '127.0.0.1' }: Port): string => `${host}:${port}`;

/** The servers that are wanted, by address; one that is for both is one. Each free port is one of its own. */
function wanted({ health, metrics }: Ports): ReadonlyMap<string, { readonly at: Port; readonly has: readonly (keyof Ports)[] }> {
  if (health !== undefined && metrics !== undefined && health.port > 0 && keyOf(health) === keyOf(metrics)) {
    return new Map([[`health metrics ${keyOf(health)}`, { at: health, has: ['health', 'metrics'] }]]);
  }
  return new Map([
    ...(health === undefined ? [] : [[`health ${keyOf(health)}`, { at: health, has: ['health'] }] as const]),
    ...(metrics === undefined ? [] : [[`metrics ${keyOf(metrics)}`, { at: metrics, has: ['metrics'] }] as const]),
  ]);
}

export class HealthPorts {
  readonly #sources: Required<HealthSources>;
  #open: ReadonlyMap<string, Open> = new Map();

  constructor(sources: Required<HealthSources>) {
    this.#sources = sources;
  }

  /** Where it listens. */
  get addresses(): readonly Open['address'][] {
    return [...this.#open.values()].map(({ address }) => address);
  }

  /**
   * Opens and closes what it takes. What is open and still wanted stays open, and so does the rest when something cannot be opened;
   * but a port that goes from one use to both, or back, is closed in between.
   *
   * @throws BROOD_PORT_IN_USE, BROOD_PORT_DENIED, BROOD_LISTEN_FAILED
   */
  async apply(ports: Ports): Promise<void> {
    const next = wanted(ports);
    // One port may change from one use to both: its old server has to go first.
    const surplus = [...this.#open].filter(([key]) => !next.has(key));
    const kept = [...this.#open].filter(([key]) => next.has(key));
    const held = new Set([...next.values()].map(({ at }) => keyOf(at)));
    const inTheWay = surplus.filter(([, { address }]) => held.has(keyOf(address)));
    await Promise.all(inTheWay.map(([, { server }]) => server.close()));
    // Should another one not open, these are opened again by the next who names them.
    this.#open = new Map([...this.#open].filter(entry => !inTheWay.some(([key]) => key === entry[0])));
    const opened: [string, Open][] = [];
    try {
      for (const [key, { at, has }] of next) if (!this.#open.has(key)) opened.push([key, await this.#listen(at, has)]);
    } catch (error) {
      await Promise.all(opened.map(([, { server }]) => server.close()));
      throw error;
    }
    this.#open = new Map([...kept, ...opened]);
    await Promise.all(surplus.map(([, { server }]) => server.close()));
  }

  /** To be called last of all: until then a load balancer is told that it stops. */
  close(): Promise<void> {
    return this.apply({});
  }

  async #listen(at: Port, has: readonly (keyof Ports)[]): Promise<Open> {
    const { condition, metrics } = this.#sources;
    const server = new HealthServer({ ...(has.includes('health') ? { condition } : {}), ...(has.includes('metrics') ? { metrics } : {}) });
    return { server, address: await server.listen(at) };
  }
}

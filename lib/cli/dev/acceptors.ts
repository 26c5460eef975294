/** Which workers accept connections: new code is served when no old one does. */
import type { Cluster } from '../../cluster/cluster.ts';

export class Acceptors {
  readonly #ids: Set<number>;
  readonly #newest: () => number;

  /** Follows `cluster` for as long as it lives; `changed`: some instance is another, look again. */
  constructor(cluster: Cluster, changed: () => void) {
    const instances = cluster.instances();
    this.#ids = new Set(instances.filter(({ type, state }) => type === 'app' && state === 'ready').map(({ id }) => id));
    let newest = Math.max(0, ...instances.map(({ id }) => id));
    this.#newest = () => newest;
    cluster.on('change', ({ id, type, state }) => {
      newest = Math.max(newest, id);
      if (type === 'app' && state === 'ready') this.#ids.add(id);
      if (state === 'gone') this.#ids.delete(id);
      changed();
    });
    cluster.on('unlisten', ({ id }) => {
      this.#ids.delete(id);
      changed();
    });
  }

  /** The id of the instance that was started last. */
  get newest(): number {
    return this.#newest();
  }

  /** Whether one that was started up to `id` still accepts. */
  hasUpTo(id: number): boolean {
    return [...this.#ids].some(each => each <= id);
  }
}

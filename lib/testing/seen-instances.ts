/** Every instance that a cluster under test has had: what it was called, and whether it is really gone. */
import type { Cluster } from '../cluster/cluster.ts';
import type { InstanceView } from '../cluster/view.ts';

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

export class SeenInstances {
  readonly #names = new Map<number, string>([[0, 'master']]);
  readonly #pids = new Set<number>();

  constructor(cluster: Cluster) {
    for (const instance of cluster.instances()) this.#note(instance);
    cluster.on('change', instance => this.#note(instance));
  }

  /** `app.1`, `agent`, `master`. */
  nameOf(id: number): string {
    return this.#names.get(id) ?? String(id);
  }

  /** The pids of those that still run. */
  left(): readonly number[] {
    return [...this.#pids].filter(isThere);
  }

  #note({ id, type, slot, state, pid }: InstanceView): void {
    this.#names.set(id, type === 'app' ? `app.${slot}` : type);
    // Pids come round; one that has ended is nobody's.
    if (state === 'gone') this.#pids.delete(pid);
    else if (pid > 0) this.#pids.add(pid);
  }
}

/** The servers that one application of a test opens, told from those of the runner and of other applications. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:net';
import { hasListener, listenerOf } from '../app/servers.ts';
import type { Listener } from '../app/servers.ts';

const CHANNEL = 'tracing:net.server.listen:asyncStart';

/** Everything that runs inside carries who runs it, requests and timers that come of it too. */
const current = new AsyncLocalStorage<OwnServers>();
const followed = new Set<OwnServers>();

function found(message: unknown): void {
  const owner = current.getStore();
  // Proven by Node.js, which publishes { server, options } here.
  if (owner !== undefined && followed.has(owner)) owner.add((message as { readonly server: Server }).server);
}

export class OwnServers {
  readonly #listeners = new Set<Listener>();
  readonly #announce: (server: Server) => void;

  /** `announce` is told of each server before it listens. */
  constructor(announce: (server: Server) => void) {
    this.#announce = announce;
    if (followed.size === 0) subscribe(CHANNEL, found);
    followed.add(this);
  }

  get listeners(): readonly Listener[] {
    return [...this.#listeners];
  }

  /** Whatever listens in `work`, or because of it, is found. */
  run<Result>(work: () => Result): Result {
    return current.run(this, work);
  }

  add(server: Server): void {
    if (hasListener(server)) return;
    const listener = listenerOf(server);
    this.#listeners.add(listener);
    // A forgotten close() must not keep the runner from ending, and reporting it.
    server.once('listening', () => server.unref());
    this.#announce(server);
  }

  /** Resolves when all of them listen. */
  async listening(): Promise<void> {
    for (const { server } of this.#listeners) {
      if (server.listening) continue;
      await new Promise<void>((resolve, reject) => {
        server.once('listening', resolve).once('error', reject).once('close', resolve);
      });
    }
  }

  /** Finds nothing more. */
  forget(): void {
    if (followed.delete(this) && followed.size === 0) unsubscribe(CHANNEL, found);
  }
}

/** What surrounds a master: the service manager that has started it, and the zombies that come to it. */
import { isReady } from '../policy/view.ts';
import type { Ground } from '../cluster/launch.ts';
import { Reaper } from './reaper.ts';
import { Systemd } from './systemd.ts';

/** `web 4/4, worker 2/2`, for `systemctl status`. */
function summary({ crew }: Ground): string {
  const instances = crew.supervisor.instances();
  return crew.types
    .map(type => `${type} ${instances.filter(instance => instance.type === type && isReady(instance)).length}/${crew.quantity(type)}`)
    .join(', ');
}

export class Surroundings {
  readonly systemd: Systemd;
  readonly #reaper = new Reaper();
  #isReplaced = false;
  #warn: (message: string) => void = () => {};

  /** Made before the first child: it knows from then on whom Node.js waits for, and hides from children what systemd has said. */
  constructor() {
    this.systemd = new Systemd(message => this.#warn(message));
  }

  /** The first start is over. */
  async started(ground: Ground): Promise<void> {
    this.#warn = message => ground.logger.warn(message);
    this.#reaper.begin(this.#warn);
    ground.undo.push(() => this.#reaper.stop());
    await this.systemd.ready(summary(ground));
  }

  /** Carries out a reload that a service manager wants to know of. */
  async reload<Result>(ground: Ground, work: () => Promise<Result>): Promise<Result> {
    await this.systemd.reloading();
    try {
      return await work();
    } finally {
      await this.systemd.ready(summary(ground));
    }
  }

  async stopping(): Promise<void> {
    if (!this.#isReplaced) await this.systemd.stopping();
  }

  /** Another process is the master from now on. */
  async replacedBy(pid: number): Promise<void> {
    this.#isReplaced = true;
    await this.systemd.handOver(pid);
  }

  async close(): Promise<void> {
    await this.systemd.close();
  }
}

/** Where others find a master: its control socket, what a second start is told, its pid file. In an upgrade they change hands. */
import type { Lock } from '../cluster/lock.ts';
import { promotePidFile, writePidFile } from '../cluster/pid-file.ts';
import { ControlServer } from './control-server.ts';
import type { Places } from './places.ts';
import type { Route } from './routes.ts';

export interface FrontOptions {
  readonly places: Places;
  readonly routes: readonly Route[];
  /** Without a lock another master may be there, whose socket this would be: then there is none. */
  readonly lock: Lock | undefined;
  readonly pidFile: string | undefined;
}

export class Front {
  readonly #options: FrontOptions;
  /** More than one when another process had taken the place of this one, and has not lived. */
  readonly #servers: ControlServer[] = [];

  #removePidFile: () => void = () => {};

  constructor(options: FrontOptions) {
    this.#options = options;
  }

  /** From now on orders come here. @throws BROOD_CONTROL_SOCKET */
  async open(): Promise<void> {
    const { places, routes, lock } = this.#options;
    if (lock === undefined) return;
    const server = new ControlServer(routes);
    await server.listen(places.socket);
    this.#servers.push(server);
    lock.note(places.socket);
  }

  /** Takes the place of the master before this one. @throws BROOD_CONTROL_SOCKET, BROOD_PID_FILE */
  async takeOver(): Promise<void> {
    const { pidFile } = this.#options;
    if (pidFile !== undefined) this.#removePidFile = promotePidFile(pidFile);
    await this.open();
  }

  /** The one that had taken the place has not lived. */
  async takeBack(): Promise<void> {
    const { pidFile } = this.#options;
    if (pidFile !== undefined) writePidFile(pidFile, false);
    await this.open();
  }

  async close(): Promise<void> {
    this.#removePidFile();
    await Promise.all(this.#servers.map(server => server.close()));
  }
}

/** Brood's own hooks of an application: the first load unit of every worker. */
import type { Server } from 'node:net';
import type { Application } from './lib/app/application.ts';
import { loadIntoWorker } from './lib/app/schedule/hook.ts';

const nameOf = (server: Server): string => {
  const address = server.address();
  if (address === null || typeof address === 'string') return address ?? 'nothing';
  return `${address.address}:${address.port}`;
};

/** Runs what the agent's clock gives out; tells, for who wants to know (BROOD_LOG_LEVEL=debug), what this worker listens on. */
export default class {
  readonly #app: Application;

  constructor(app: Application) {
    this.#app = app;
    app.on('listening', server => app.logger.debug('app.%d listens on %s', app.slot, nameOf(server)));
  }

  didLoad(): Promise<void> {
    return loadIntoWorker(this.#app);
  }
}

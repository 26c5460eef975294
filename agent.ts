/** Brood's own hooks of an agent: the first load unit of every agent. */
import type { Agent } from './lib/app/application.ts';

/** Tells, for who wants to know (BROOD_LOG_LEVEL=debug), when everybody is there. */
export default class {
  readonly #agent: Agent;

  constructor(agent: Agent) {
    this.#agent = agent;
  }

  serverDidReady(): void {
    this.#agent.logger.debug('everyone is ready');
  }
}

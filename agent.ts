/** Brood's own hooks of an agent: the first load unit of every agent. */
import type { Agent } from './lib/app/application.ts';
import { AgentHook } from './lib/app/schedule/hook.ts';

/** Owns the clock of the schedules, rotates log files, and tells, for who wants to know (BROOD_LOG_LEVEL=debug), when everybody is there. */
export default class {
  readonly #agent: Agent;
  readonly #schedules: AgentHook;

  constructor(agent: Agent) {
    this.#agent = agent;
    this.#schedules = new AgentHook(agent);
  }

  configWillLoad(): Promise<void> {
    return this.#schedules.prepare();
  }

  didLoad(): Promise<void> {
    return this.#schedules.load();
  }

  /** The agent is the one that rotates; where nothing is to be rotated, nothing is loaded. */
  async didReady(): Promise<void> {
    const { loggers, logger, logs } = this.#agent;
    if (loggers.rotated.length === 0) return;
    const { Rotator } = await import('./lib/app/log/rotator.ts');
    const rotator = new Rotator({ files: loggers.rotated, reopen: () => logs.reopen(), report: message => logger.warn(message) });
    this.#agent.beforeClose(() => rotator.stop());
    void rotator.start();
  }

  serverDidReady(): void {
    this.#agent.logger.debug('everyone is ready');
    // Not awaited: it waits for the agent before this one, and the hooks of other units need not.
    this.#schedules.start();
  }
}

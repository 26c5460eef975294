/** What Brood's own hooks do about schedules; an application without any costs a look for the directory. */
import type { Agent, Application, Unit } from '../application.ts';
import { findSchedules } from './find.ts';
import type { AgentSchedules } from './agent.ts';

/** A directory may be there for its tests or its README alone. */
const hasSchedules = (unit: Unit<object>): boolean => findSchedules(unit).length > 0;

/** Of a worker: to be called when every hook file had its say about the configuration. */
export async function loadIntoWorker(app: Application): Promise<void> {
  if (!hasSchedules(app)) return;
  const { serveSchedules } = await import('./worker.ts');
  await serveSchedules(app);
}

/** Of the agent. */
export class AgentHook {
  readonly #agent: Agent;
  #schedules: AgentSchedules | undefined;

  constructor(agent: Agent) {
    this.#agent = agent;
  }

  /** Early, so that other hooks can add types of their own. */
  async prepare(): Promise<void> {
    if (this.#schedules !== undefined || !hasSchedules(this.#agent)) return;
    const { AgentSchedules: Schedules } = await import('./agent.ts');
    this.#schedules = new Schedules(this.#agent);
    this.#agent.schedules = this.#schedules;
  }

  async load(): Promise<void> {
    await this.prepare();
    await this.#schedules?.load();
  }

  /** Starts the clock, in its own time. */
  start(): void {
    this.#schedules?.start().catch((error: unknown) => this.#agent.logger.error('the clock of the schedules does not start:', error));
  }
}

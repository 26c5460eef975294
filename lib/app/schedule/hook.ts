/** What Brood's own hooks do about schedules; an application without any pays for a look at its directories, and nothing else is loaded. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Agent, Application } from '../application.ts';
import type { Unit } from '../unit.ts';
import type { AgentSchedules } from './agent.ts';

/** Whether it is worth to load what reads them. */
function maySchedule({ directories, config }: Unit): boolean {
  const settings = config['schedule'];
  if (typeof settings === 'object' && settings !== null && 'directory' in settings) return true;
  return directories.some(directory => statSync(join(directory, 'app', 'schedule'), { throwIfNoEntry: false })?.isDirectory());
}

/** Of a worker: to be called when every hook file had its say about the configuration. */
export async function loadIntoWorker(app: Application): Promise<void> {
  if (!maySchedule(app)) return;
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
    if (this.#schedules !== undefined || !maySchedule(this.#agent)) return;
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

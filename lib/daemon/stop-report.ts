/** Who went, how long it took, and who had to be killed: what a stop has to tell. */
import { endedUnder, passesOver } from '../child/orphans.ts';
import type { Death } from '../model.ts';
import { instanceName } from '../supervisor/names.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { Escaped, Stopped } from './api.ts';

export class StopReport {
  readonly #supervisor: Supervisor;
  readonly #run: string;
  readonly #began = Date.now();
  readonly #rows: Stopped[] = [];

  /** `run`: the beginning of the marks of all descendants. */
  constructor({ supervisor, run }: { readonly supervisor: Supervisor; readonly run: string }) {
    this.#supervisor = supervisor;
    this.#run = run;
    supervisor.on('death', this.#died);
  }

  /** The ends so far, in their order. */
  rows(): readonly Stopped[] {
    return [...this.#rows];
  }

  /** What had escaped from who has ended since. */
  async escapees(): Promise<readonly Escaped[]> {
    // The end of an instance has its own pass, which may still be under way.
    await passesOver();
    return endedUnder(this.#run)
      .filter(({ at }) => at >= this.#began)
      .map(({ pid, command, signal, how }) => ({ pid, command, signal, how }));
  }

  close(): void {
    this.#supervisor.off('death', this.#died);
  }

  readonly #died = (death: Death): void => {
    const { pid, code, signal, asked = 0, escalated = false } = death;
    this.#rows.push({ name: instanceName(death), pid, took: asked, escalated, code, signal });
  };
}

/** Says when the instances of a type are all to be replaced (`restartCron`): the next time, until all of them are younger than it. */
import { createRequire } from 'node:module';
import type { Cron } from 'croner';
import type { Desired, DesiredRow } from '../model.ts';
import type { Crew } from '../supervisor/crew.ts';
import type { Part } from '../supervisor/revision.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';

interface Due {
  readonly cron: string;
  readonly at: number;
}

export class RenewClock {
  readonly #due = new Map<string, Due>();
  #supervisor: Supervisor | undefined;
  #refresh: () => void = () => {};

  /** From now on. The result ends it. */
  follow(crew: Crew): () => void {
    const { supervisor } = crew;
    this.#supervisor = supervisor;
    this.#refresh = () => crew.refresh();
    supervisor.on('idle', this.#look);
    return () => supervisor.off('idle', this.#look);
  }

  /** The part with the times in its rows. */
  over(part: Part): Part {
    return { types: part.types, rows: wanted => this.#timed(part.rows(wanted)) };
  }

  #timed(rows: Desired): Desired {
    const timed = (row: DesiredRow): DesiredRow => {
      const renewAt = this.#at(row);
      return renewAt === undefined ? row : { ...row, renewAt };
    };
    return rows.map(timed);
  }

  #at({ spec: { type, renew } }: DesiredRow): number | undefined {
    const cron = renew?.cron;
    if (cron === undefined) {
      this.#due.delete(type);
      return undefined;
    }
    const known = this.#due.get(type);
    if (known?.cron === cron) return known.at;
    const at = nextOf(cron);
    if (at !== undefined) this.#due.set(type, { cron, at });
    return at;
  }

  /** A time that has passed stands until nobody is older than it; then the next one does. */
  readonly #look = (): void => {
    const instances = this.#supervisor?.instances() ?? [];
    const over = [...this.#due].filter(([type, { at }]) => at <= Date.now() && instances.every(one => one.type !== type || one.started >= at));
    for (const [type] of over) this.#due.delete(type);
    if (over.length > 0) setImmediate(this.#refresh);
  };
}

/** Milliseconds since the epoch; `undefined` for an expression that never fires. Its form was checked with the configuration. */
function nextOf(cron: string): number | undefined {
  // Loaded with the first expression: most masters have none. Proven by the package's own types.
  const { Cron: Pattern } = createRequire(import.meta.url)('croner') as { readonly Cron: typeof Cron };
  return new Pattern(cron).nextRun()?.getTime();
}

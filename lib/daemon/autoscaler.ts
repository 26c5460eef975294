/** Follows the load of the types that say so (`autoscale`): more instances where they have too much to do, fewer where they have too little. */
import type { Ground } from '../cluster/launch.ts';
import type { Desired, DesiredRow, Instance } from '../model.ts';
import { autoscaled, LOOK, meanOf } from '../policy/autoscale.ts';
import type { Recommendation } from '../policy/autoscale.ts';
import { isReady } from '../policy/view.ts';

/** What it looks at. */
export interface LoadSources {
  readonly ground: Pick<Ground, 'supervisor' | 'crew' | 'logger' | 'isStarted'>;
  /** CPU time of each instance so far, in microseconds, by id; of one that cannot be asked nothing. */
  readonly cpuTimes: () => Promise<ReadonlyMap<number, number>>;
  /** Somebody has said how many there are of a type, or has stopped it. */
  readonly isByHand: (type: string) => boolean;
  /** Another master is taking the place of this one. */
  readonly isUpgrading: () => boolean;
  /** Milliseconds from one look to the next. Default: 15000. */
  readonly interval?: number;
}

/** What an instance had used when it was seen last. */
interface Reading {
  readonly at: number;
  readonly cpu: number;
}

const scaledRows = (desired: Desired): Desired => desired.filter(({ spec }) => spec.autoscale !== undefined);

/** `140`, of a mean; a digit behind the point where that is what there is. */
const percent = (mean: number): string => (mean < 10 ? mean.toFixed(1) : mean.toFixed(0));

class Autoscaler {
  readonly #sources: LoadSources;
  #isLooking = false;
  #readings: ReadonlyMap<number, Reading> = new Map();
  readonly #pasts = new Map<string, readonly Recommendation[]>();

  constructor(sources: LoadSources) {
    this.#sources = sources;
  }

  /** One at a time: what takes longer than the time between two looks is not asked again meanwhile. */
  readonly look = (): void => {
    if (this.#isLooking) return;
    this.#isLooking = true;
    void this.#look()
      .catch((error: unknown) => this.#sources.ground.logger.warn(`autoscale could not look at the load: ${String(error)}`))
      .finally(() => {
        this.#isLooking = false;
      });
  };

  async #look(): Promise<void> {
    const { ground, cpuTimes } = this.#sources;
    if (!this.#isQuiet()) {
      // What boots and what goes uses the CPU for something else.
      this.#readings = new Map();
      return;
    }
    const times = await cpuTimes();
    if (!this.#isQuiet()) return;
    const now = performance.now();
    const ready = ground.supervisor.instances().filter(isReady);
    const rows = scaledRows(ground.supervisor.desired);
    for (const row of rows) this.#follow(row, { now, used: this.#used(row, ready, times, now) });
    this.#readings = new Map(
      ready.flatMap(({ id }) => {
        const cpu = times.get(id);
        return cpu === undefined ? [] : [[id, { at: now, cpu }] as const];
      }),
    );
  }

  #isQuiet(): boolean {
    const { ground, isUpgrading } = this.#sources;
    return ground.isStarted() && !ground.crew.isClosing && !ground.crew.isReloading && !isUpgrading();
  }

  /** Percent of a core since the last look, of each instance that was ready then and is now. */
  #used({ spec: { type } }: DesiredRow, ready: readonly Instance[], times: ReadonlyMap<number, number>, now: number): readonly number[] {
    return ready.flatMap(instance => {
      const [before, cpu] = [this.#readings.get(instance.id), times.get(instance.id)];
      if (instance.type !== type || before === undefined || cpu === undefined) return [];
      return [Math.max(0, (cpu - before.cpu) / 1000 / Math.max(1, now - before.at)) * 100];
    });
  }

  #follow({ spec: { type, autoscale } }: DesiredRow, { now, used }: { readonly now: number; readonly used: readonly number[] }): void {
    const { ground, isByHand } = this.#sources;
    const current = ground.crew.quantity(type);
    if (autoscale === undefined || current === 0 || isByHand(type)) {
      this.#pasts.delete(type);
      return;
    }
    const { count, past } = autoscaled(autoscale, { current, used, now }, this.#pasts.get(type) ?? []);
    this.#pasts.set(type, past);
    if (count === current) return;
    const { min, max, cpu } = autoscale;
    const mean = meanOf(used);
    const isOutside = current < min || current > max || mean === undefined;
    const why = isOutside ? `there are to be ${min} to ${max}` : `each uses ${percent(mean)} % of a core on average, and ${cpu} % are wanted`;
    ground.logger.info(`${type} is scaled from ${current} to ${count}: ${why}`);
    ground.crew.scale(new Map([[type, count]])).catch((error: unknown) => {
      if (!ground.crew.isClosing) ground.logger.warn(`${type} has not come to ${count}: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
}

/** From now on; the result ends it. Without a type that follows its load nothing is looked at. */
export function watchLoad(sources: LoadSources): () => void {
  const { supervisor } = sources.ground;
  const autoscaler = new Autoscaler(sources);
  let timer: NodeJS.Timeout | undefined;
  // What is wanted changes with a reload; whenever all is quiet is the time to see whether anybody is to be looked at.
  const follow = (): void => {
    const isWanted = scaledRows(supervisor.desired).length > 0;
    if (isWanted) timer ??= setInterval(autoscaler.look, sources.interval ?? LOOK).unref();
    else {
      clearInterval(timer);
      timer = undefined;
    }
  };
  supervisor.on('idle', follow);
  follow();
  return () => {
    supervisor.off('idle', follow);
    clearInterval(timer);
  };
}

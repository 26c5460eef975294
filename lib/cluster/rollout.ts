/** Which generation of each process type is wanted, and how a change of it is carried through or taken back. */
import { BroodError } from '../errors.ts';
import type { Death, Desired } from '../model.ts';
import type { Failure, Supervisor } from '../supervisor/supervisor.ts';
import { reloadError } from './failure.ts';

/** The types of a cluster. */
export type ClusterType = 'agent' | 'app';

/** The wanted generation of each type. */
export type Generations = Readonly<Record<ClusterType, number>>;

export const FIRST: Generations = { agent: 1, app: 1 };

/** One instance or one end, as far as it is of a generation. */
interface Dated {
  readonly type: string;
  readonly generation: number;
}

const ALL: readonly ClusterType[] = ['agent', 'app'];
const generationOf = ({ agent, app }: Generations, type: string): number => (type === 'agent' ? agent : app);

/** What of a cluster is reloaded, and when. */
export interface ReloadOptions {
  /** Replace instances of this type only. Default: all. */
  readonly only?: ClusterType;
  /**
   * Do not wait for a reload that is under way: what it has begun is replaced as well, and its call rejects with
   * BROOD_RELOAD_SUPERSEDED. Default: false, the next reload is joined.
   */
  readonly overtake?: boolean;
}

interface Change {
  readonly types: readonly ClusterType[];
  readonly done: Promise<void>;
}

/** What a rollout stands on. */
export interface Ground {
  readonly supervisor: Supervisor;
  /** The wanted state of now, of these generations. */
  readonly desired: (generations: Generations) => Desired;
  /** Whether the end of everything is wanted, which no failed change takes back. */
  readonly isClosing: () => boolean;
}

export class Rollout {
  readonly #ground: Ground;
  #wanted = FIRST;
  /** What was carried through last; a failed change goes back to it. */
  #proven = FIRST;
  #last = 1;
  #current: Change | undefined;
  #next: { readonly types: Set<ClusterType>; readonly done: Promise<void> } | undefined;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  get generations(): Generations {
    return this.#wanted;
  }

  /**
   * Raises the generation of what `only` names, and waits until nothing older of it is left.
   *
   * @throws BROOD_RELOAD_FAILED, BROOD_RELOAD_SUPERSEDED, BROOD_CLOSED
   */
  reload({ only, overtake = false }: ReloadOptions): Promise<void> {
    const types = only === undefined ? ALL : [only];
    return overtake && this.#current !== undefined ? this.#begin([...new Set([...this.#current.types, ...types])]) : this.#join(types);
  }

  /**
   * Waits until the generations that are wanted are all there is; one that is overtaken by a reload, or undone by its
   * failure, is followed.
   */
  async settle(): Promise<void> {
    for (;;) {
      const wanted = this.#wanted;
      try {
        return await this.#apply(wanted, ALL);
      } catch (error) {
        if (this.#ground.isClosing() || wanted === this.#wanted) throw error;
      }
    }
  }

  /** Begins, or becomes a part of the reload that follows the current one. */
  #join(types: readonly ClusterType[]): Promise<void> {
    if (this.#current === undefined) return this.#begin(types);
    if (this.#next === undefined) {
      const waiting = new Set(types);
      const done = this.#current.done
        .catch(() => {})
        .then(() => {
          this.#next = undefined;
          if (this.#ground.isClosing()) throw new BroodError('BROOD_CLOSED');
          return this.#join([...waiting]);
        });
      this.#next = { types: waiting, done };
    } else for (const type of types) this.#next.types.add(type);
    return this.#next.done;
  }

  #begin(types: readonly ClusterType[]): Promise<void> {
    const change: Change = { types, done: this.#carryOut(types) };
    this.#current = change;
    return change.done.finally(() => {
      // One that was overtaken ends after the one that overtook it has begun.
      if (this.#current === change) this.#current = undefined;
    });
  }

  async #carryOut(types: readonly ClusterType[]): Promise<void> {
    const generation = ++this.#last;
    const wanted = { ...this.#wanted, ...Object.fromEntries(types.map(type => [type, generation])) };
    this.#wanted = wanted;
    try {
      await this.#apply(wanted, types);
      this.#proven = wanted;
    } catch (error) {
      if (this.#wanted === wanted) this.#takeBack();
      throw error;
    }
  }

  /** The rule brings back what the failed generation had already replaced. */
  #takeBack(): void {
    const { supervisor, desired, isClosing } = this.#ground;
    this.#wanted = this.#proven;
    if (!isClosing()) supervisor.want(desired(this.#wanted));
  }

  /** Wants these generations, and waits until of `types` they are all there is. */
  #apply(generations: Generations, types: readonly ClusterType[]): Promise<void> {
    const { supervisor, desired } = this.#ground;
    const isMine = ({ type, generation }: Dated): boolean => types.some(mine => mine === type) && generation === generationOf(generations, type);
    const isThere = (): boolean => {
      const mine = supervisor.instances().filter(({ type }) => types.some(each => each === type));
      return (
        mine.every(instance => isMine(instance) && (instance.state === 'ready' || instance.slot === 0)) &&
        supervisor.desired.every(
          ({ spec, quantity }) =>
            !types.some(type => type === spec.type) || mine.filter(({ type, state }) => type === spec.type && state === 'ready').length === quantity,
        )
      );
    };
    const isOvertaken = (): boolean =>
      supervisor.desired.some(({ spec: { type }, generation }) => types.some(mine => mine === type) && !isMine({ type, generation }));
    return settled(supervisor, desired(generations), isThere, { isMine, isOvertaken });
  }
}

/** Wants a state and resolves when `isThere`; rejects when a generation of the `change` is given up, or when something else is wanted. */
export function settled(
  supervisor: Supervisor,
  desired: Desired,
  isThere: () => boolean,
  change?: { readonly isMine: (one: Dated) => boolean; readonly isOvertaken: () => boolean },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (finish: () => void): void => {
      supervisor.off('idle', look);
      supervisor.off('failed', fail);
      supervisor.off('death', died);
      finish();
    };
    const superseded = (by: string): void => end(() => reject(new BroodError('BROOD_RELOAD_SUPERSEDED', { by })));
    const look = (): void => {
      if (isThere()) return end(resolve);
      if (change === undefined || supervisor.desired === desired) return;
      if (supervisor.desired.every(row => row.quantity === 0)) superseded('the end of the cluster');
      else if (change.isOvertaken()) superseded('another generation');
    };
    const fail = (failure: Failure): void => {
      if (change?.isMine(failure) === true) end(() => reject(reloadError(failure.death)));
    };
    const died = (death: Death): void => {
      // Another try would take as long again.
      if (death.reason === 'start-timeout' && change?.isMine(death) === true) end(() => reject(reloadError(death)));
    };
    supervisor.on('idle', look);
    supervisor.on('failed', fail);
    supervisor.on('death', died);
    supervisor.want(desired);
  });
}

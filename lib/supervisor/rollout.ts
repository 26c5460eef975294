/** Which revision of an application is wanted, and how a change of it is carried through or taken back. */
import { BroodError } from '../errors.ts';
import type { Desired, DesiredRow } from '../model.ts';
import { isAllThere } from './there.ts';
import { generationOf, quantityOf, rowsOf, typesOf, withGeneration, withQuantities } from './revision.ts';
import type { Quantities, Revision } from './revision.ts';
import { settled } from './settled.ts';
import type { Dated } from './settled.ts';
import type { Supervisor } from './supervisor.ts';

/** What is replaced, by what, and when. */
/** Milliseconds by type; 0: it has no canary. */
export type CanaryTime = (type: string) => number;

export interface Renewal {
  /** Replace instances of these types only. Default: all. */
  readonly only?: readonly string[] | undefined;
  /**
   * Do not wait for a reload that is under way: what it has begun is replaced as well, and its call rejects with
   * BROOD_RELOAD_SUPERSEDED. Default: false, the next reload is joined.
   */
  readonly overtake?: boolean | undefined;
  /** Of a type, one instance of the new generation has to live for so many milliseconds before any other is replaced. Default: 0. */
  readonly canary?: CanaryTime | undefined;
  /** What else changes with it, and goes back when the new generation fails. */
  readonly revise?: ((now: Revision) => Revision) | undefined;
}

interface Plan {
  readonly types: readonly string[] | undefined;
  readonly canary: CanaryTime;
  readonly revise: (now: Revision) => Revision;
}

interface Change {
  readonly plan: Plan;
  readonly done: Promise<void>;
}

/** What a rollout stands on. */
export interface Ground {
  readonly supervisor: Supervisor;
  /** Whether the end of everything is wanted, which no failed change takes back. */
  readonly isClosing: () => boolean;
}

/** Both, one after the other. */
const join = (first: Plan, second: Plan): Plan => ({
  types: first.types === undefined || second.types === undefined ? undefined : [...new Set([...first.types, ...second.types])],
  canary: type => Math.max(first.canary(type), second.canary(type)),
  revise: now => second.revise(first.revise(now)),
});

export class Rollout {
  readonly #ground: Ground;
  #wanted: Revision;
  /** What was carried through last; a failed change goes back to it. */
  #proven: Revision;
  #last: number;
  #current: Change | undefined;
  #next: { plan: Plan; readonly done: Promise<void> } | undefined;
  /** Of the change that is under way: its types wait for the first of their new instances to prove itself. */
  #canary: { readonly types: readonly string[]; readonly time: CanaryTime } | undefined;

  constructor(ground: Ground, first: Revision) {
    this.#ground = ground;
    this.#wanted = first;
    this.#proven = first;
    this.#last = Math.max(1, ...first.generations.values());
  }

  /** What is wanted now. */
  readonly revision = (): Revision => this.#wanted;

  /** Whether a change is under way. */
  readonly isUnderWay = (): boolean => this.#current !== undefined;

  /** Resolves when no change is under way, nor waits for its turn. */
  async quiet(): Promise<void> {
    for (let change = this.#next ?? this.#current; change !== undefined; change = this.#next ?? this.#current) await change.done.catch(() => {});
  }

  /**
   * Raises the generation of what `only` names, and waits until nothing older of it is left.
   *
   * @throws BROOD_RELOAD_FAILED, BROOD_RELOAD_SUPERSEDED, BROOD_CLOSED
   */
  reload({ only, overtake = false, canary = () => 0, revise = now => now }: Renewal): Promise<void> {
    const plan: Plan = { types: only, canary, revise };
    return overtake && this.#current !== undefined ? this.#begin(join(this.#current.plan, plan)) : this.#join(plan);
  }

  /**
   * Changes how many of each type are wanted, and waits until so many are ready; a reload goes on with them, and its
   * failure does not take them back.
   */
  async scale(changes: Quantities): Promise<void> {
    this.#proven = withQuantities(this.#proven, changes);
    this.#wanted = withQuantities(this.#wanted, changes);
    await this.#settle();
  }

  /** Wants the same once more: its parts may say something else of their rows. */
  refresh(): void {
    if (!this.#ground.isClosing()) this.#ground.supervisor.want(this.#rows(this.#wanted));
  }

  /** Waits until the revision that is wanted is all there is; one that is overtaken by a reload, or undone by its failure, is followed. */
  async #settle(): Promise<void> {
    for (;;) {
      const wanted = this.#wanted;
      try {
        return await this.#apply(wanted, typesOf(wanted));
      } catch (error) {
        if (this.#ground.isClosing() || wanted === this.#wanted) throw error;
      }
    }
  }

  /** Begins, or becomes a part of the reload that follows the current one. */
  #join(plan: Plan): Promise<void> {
    if (this.#current === undefined) return this.#begin(plan);
    if (this.#next === undefined) {
      const next: { plan: Plan; readonly done: Promise<void> } = {
        plan,
        done: this.#current.done
          .catch(() => {})
          .then(() => {
            this.#next = undefined;
            if (this.#ground.isClosing()) throw new BroodError('BROOD_CLOSED');
            return this.#join(next.plan);
          }),
      };
      this.#next = next;
    } else this.#next.plan = join(this.#next.plan, plan);
    return this.#next.done;
  }

  #begin(plan: Plan): Promise<void> {
    const change: Change = { plan, done: this.#carryOut(plan) };
    this.#current = change;
    return change.done.finally(() => {
      // One that was overtaken ends after the one that overtook it has begun.
      if (this.#current === change) this.#current = undefined;
    });
  }

  async #carryOut({ types, canary, revise }: Plan): Promise<void> {
    const revised = revise(this.#wanted);
    const changed = types ?? typesOf(revised);
    const wanted = withGeneration(revised, changed, ++this.#last);
    this.#wanted = wanted;
    this.#canary = { types: changed, time: canary };
    // It may be scaled meanwhile; the generations are those of this change, unless it is overtaken.
    const isCurrent = (): boolean => this.#wanted.generations === wanted.generations;
    try {
      await this.#apply(wanted, changed);
      if (!isCurrent()) return;
      this.#canary = undefined;
      this.#proven = this.#wanted;
      // What was a canary's row is one like any other, and what is not named any more goes.
      if (!this.#ground.isClosing()) await this.#dropRetired();
    } catch (error) {
      if (isCurrent()) await this.#takeBack(wanted, changed);
      throw error;
    }
  }

  /** The rule brings back what the failed generation had already replaced; resolves when nothing of that is left, or something else is wanted. */
  async #takeBack(failed: Revision, types: readonly string[]): Promise<void> {
    const { supervisor, isClosing } = this.#ground;
    this.#wanted = this.#proven;
    this.#canary = undefined;
    if (isClosing()) return;
    const { generations } = this.#wanted;
    const isLeft = ({ type, generation }: Dated): boolean => types.includes(type) && generation === generationOf(failed, type);
    const isOver = (): boolean => isClosing() || this.#wanted.generations !== generations || !supervisor.instances().some(isLeft);
    await settled(supervisor, rowsOf(this.#wanted), isOver);
  }

  async #dropRetired(): Promise<void> {
    const { supervisor } = this.#ground;
    const desired = rowsOf(this.#wanted);
    const named = new Set(typesOf(this.#wanted));
    await settled(supervisor, desired, () => supervisor.desired !== desired || supervisor.instances().every(({ type }) => named.has(type)));
  }

  /** Rows of the revision; types that it does not have any more stay as they are until the change is through. */
  #rows(revision: Revision): Desired {
    const canary = this.#canary;
    // What else this change adds, or takes away, waits for the canary; what was scaled by hand is of what was carried through, too.
    const proving = (row: DesiredRow): DesiredRow => {
      const { type } = row.spec;
      const time = canary?.types.includes(type) === true ? canary.time(type) : 0;
      return time > 0 ? { ...row, canary: { time, old: quantityOf(this.#proven, type) } } : row;
    };
    const rows = rowsOf(revision).map(proving);
    const named = new Set(typesOf(revision));
    return [...rows, ...rowsOf(this.#proven).filter(({ spec: { type } }) => !named.has(type))];
  }

  /** Wants this revision, and waits until of `types` its instances are all there is. */
  #apply(revision: Revision, types: readonly string[]): Promise<void> {
    const { supervisor } = this.#ground;
    const isMine = ({ type, generation }: Dated): boolean => types.includes(type) && generation === generationOf(revision, type);
    const isThere = (): boolean => {
      const mine = supervisor.instances().filter(({ type }) => types.includes(type));
      return (
        mine.every(instance => isMine(instance) && (instance.state === 'ready' || instance.slot === 0)) &&
        supervisor.desired.every(row => !types.includes(row.spec.type) || isAllThere(row, mine, supervisor))
      );
    };
    const isOvertaken = (): boolean => supervisor.desired.some(({ spec: { type }, generation }) => types.includes(type) && !isMine({ type, generation }));
    return settled(supervisor, this.#rows(revision), isThere, { isMine, isOvertaken });
  }
}

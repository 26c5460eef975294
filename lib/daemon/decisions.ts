/** What people have decided in earlier runs of this application, as it holds for this one; and what they decide now, kept for the next. */
import type { Settings } from '../cluster/options.ts';
import { AGENT } from '../cluster/specs.ts';
import { ROUTER } from '../formation/router-spec.ts';
import type { Quantities } from '../supervisor/revision.ts';
import type { ByHand } from './by-hand.ts';
import type { Plan } from './plan.ts';
import { putAside, readState, writeState } from './state-file.ts';
import type { ReadState } from './state-file.ts';

type Decided = Omit<ByHand, 'environment'>;
const NOTHING: Decided = { quantities: [], stopped: [] };

export class Decisions {
  readonly #file: string | undefined;
  readonly #say: (warning: string) => void;
  readonly #read: ReadState;
  #startsAll = false;
  /** What does not hold for this run, and is kept for the next: of types that are not here, or of which the command line has said something. */
  #set: Decided = NOTHING;
  /** What holds still. */
  readonly before: Decided;

  /**
   * `file`: where it is kept; `undefined`: nowhere, for another master may be there. `isNew`: no master has handed over what holds. What
   * the command line says goes before all of it.
   */
  constructor({ file, isNew }: { readonly file: string | undefined; readonly isNew: boolean }, plan: Plan, say: (text: string) => void) {
    this.#file = file;
    this.#say = say;
    this.#read = file === undefined || !isNew ? { state: undefined } : readState(file);
    this.before = this.#stillTrue(this.#read.state ?? NOTHING, plan);
  }

  /** The place is ours: what is broken is put aside, and what there is to say is said. */
  settle(): void {
    const { broken, unreadable } = this.#read;
    if (this.#file === undefined) return;
    if (broken !== undefined) this.#say(putAside(this.#file, broken));
    if (unreadable !== undefined) this.#say(`${this.#file} cannot be read (${unreadable}); what was decided by hand is not known`);
    if (this.#startsAll) this.#say('everything was stopped by hand before; it is started all the same');
  }

  #stillTrue({ quantities, stopped }: Decided, { types, explicit }: Plan): Decided {
    const holds = ([type]: readonly [string, unknown]): boolean => types.includes(type) && !explicit.includes(type);
    const asleep = stopped.filter(holds);
    const runnable = types.filter(type => type !== AGENT && type !== ROUTER);
    const isAll = asleep.length > 0 && runnable.every(type => asleep.some(([name]) => name === type));
    this.#startsAll = isAll;
    const others = (rows: readonly (readonly [string, unknown])[]): ReadonlySet<string> => new Set(rows.filter(row => !holds(row)).map(([type]) => type));
    const [scaled, sleeping] = [others(quantities), others(stopped)];
    this.#set = { quantities: quantities.filter(([type]) => scaled.has(type)), stopped: stopped.filter(([type]) => sleeping.has(type)) };
    return { quantities: quantities.filter(holds), stopped: isAll ? [] : asleep };
  }

  /** How many of each are wanted at the start, where that is not what the files say. */
  get quantities(): Quantities {
    const { quantities, stopped } = this.before;
    return new Map([...quantities, ...stopped.map(([type]) => [type, 0] as const)]);
  }

  /** The workers of the cluster are a setting. */
  settings(settings: Settings): Settings {
    const workers = new Map(this.before.quantities).get(settings.type) ?? settings.workers;
    return { ...settings, workers: Math.max(1, workers) };
  }

  #withOthers({ quantities, stopped }: Decided): Decided {
    const now = new Set([...quantities, ...stopped].map(([type]) => type));
    const isOther = ([type]: readonly [string, unknown]): boolean => !now.has(type);
    return { quantities: [...this.#set.quantities.filter(isOther), ...quantities], stopped: [...this.#set.stopped.filter(isOther), ...stopped] };
  }

  /** `forget`: types of which nothing holds any more but what is decided now. */
  readonly keep = (decided: Decided, forget: readonly string[] = []): void => {
    const isKept = ([type]: readonly [string, unknown]): boolean => !forget.includes(type);
    this.#set = { quantities: this.#set.quantities.filter(isKept), stopped: this.#set.stopped.filter(isKept) };
    if (this.#file === undefined) return;
    try {
      writeState(this.#file, this.#withOthers(decided));
    } catch (error) {
      this.#say(`${this.#file} cannot be written (${error instanceof Error ? error.message : String(error)}): what is decided by hand ends with this master`);
    }
  };
}

/** What operations are told, and what they stand on. */
import type { Ground } from '../cluster/launch.ts';
import type { Part } from '../supervisor/revision.ts';
import type { ByHand } from './by-hand.ts';
import type { LoadedConfig } from './config-file.ts';
import type { Plan } from './plan.ts';

/** What an order may say beside its targets. */
export interface Order {
  /** Milliseconds after which it is given up. Default: none. */
  readonly timeout?: number | undefined;
}

export interface ScaleOrder extends Order {
  /** Also write it into the configuration file, even when that does not say so itself. */
  readonly save?: boolean;
  /** Forget what was set by hand: the files say how many there are. */
  readonly reset?: boolean;
}

export interface ReloadOrder extends Order {
  /** Replace these types only. Default: all. */
  readonly only?: readonly string[] | undefined;
  /** Milliseconds that the first new instance has to live; 0: no canary. Default: what the configuration says. */
  readonly canaryTime?: number | undefined;
  /** Variables that take the place of those that the master was started with. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Bring back what {@link Operations.rest} has stopped. */
  readonly wake?: boolean;
}

/** What the operations stand on. */
export interface Theatre {
  readonly ground: Ground;
  readonly plan: () => Plan;
  /** Reads flags, configuration file and environment again. */
  readonly readPlan: (environment?: Readonly<Record<string, string>>) => Promise<Plan>;
  /** What every part says of its rows beyond what it knows itself. */
  readonly dress: (part: Part) => Part;
  /** The plan was carried through, or is what has become true already. */
  readonly accept: (plan: Plan) => void;
  /** Ends the master, once everything has ended. */
  readonly end: (now: boolean) => Promise<void>;
  /** Another master is taking the place of this one: what is changed now would be lost. */
  readonly isUpgrading: () => boolean;
  /** Keeps what was decided by hand over the end of this master. */
  readonly keep: (byHand: Omit<ByHand, 'environment'>, forget?: readonly string[]) => void;
  /** Writes quantities into the configuration file; the result is what that says now. */
  readonly save: (quantities: ReadonlyMap<string, number>) => Promise<LoadedConfig>;
}

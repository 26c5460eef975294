/** Makes the probes of one instance: one of each at a time, none twice at once, and none that is waited for for ever. */
import type { Probe, ProbeName, Probes } from '../care.ts';
import { activeProbes, consequenceOf, counted, periodOf, tallyOf } from '../policy/probe.ts';
import type { Consequence, ProbeResult, Tallies } from '../policy/probe.ts';
import type { World } from './world.ts';

/** Asks once, and calls back at most once; the result takes the question back. */
export type Ask = (name: ProbeName, probe: Probe, answered: (result: ProbeResult) => void) => () => void;

export interface ProbingHands {
  readonly ask: Ask;
  readonly isReady: () => boolean;
  /** The last result of each probe that failed, and what follows. */
  readonly follows: (consequence: Consequence, name: ProbeName, result: ProbeResult) => void;
  readonly failed: (name: ProbeName, result: ProbeResult) => void;
}

const seconds = (milliseconds: number): string => `${milliseconds / 1000} s`;

export class Probing {
  readonly #probes: Probes;
  readonly #world: Pick<World, 'now' | 'setTimer'>;
  readonly #hands: ProbingHands;
  readonly #started: number;
  /** Of each probe that runs: takes its timer back, and its question. */
  readonly #cancels = new Map<ProbeName, () => void>();
  #tallies: Tallies = {};

  /** `started`: when the process was, from which `initialDelay` counts. */
  constructor(probes: Probes, started: number, world: Pick<World, 'now' | 'setTimer'>, hands: ProbingHands) {
    this.#probes = probes;
    this.#started = started;
    this.#world = world;
    this.#hands = hands;
  }

  /** Makes what is to be made and is not yet. */
  run(): void {
    for (const name of activeProbes(this.#probes, this.#tallies)) {
      const probe = this.#probes[name];
      if (probe === undefined || this.#cancels.has(name)) continue;
      this.#wait(name, probe, Math.max(0, this.#started + probe.initialDelay - this.#world.now()));
    }
  }

  end(): void {
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }

  #wait(name: ProbeName, probe: Probe, milliseconds: number): void {
    this.#cancels.set(
      name,
      this.#world.setTimer(milliseconds, () => this.#make(name, probe)),
    );
  }

  #make(name: ProbeName, probe: Probe): void {
    const began = this.#world.now();
    let withdraw = (): void => {};
    const stopTimer = this.#world.setTimer(probe.timeout, () => {
      withdraw();
      answered({ ok: false, detail: `no answer within ${seconds(probe.timeout)}` });
    });
    let open = true;
    const answered = (result: ProbeResult): void => {
      if (!open) return;
      open = false;
      stopTimer();
      this.#cancels.delete(name);
      this.#take(name, probe, result, began);
    };
    this.#cancels.set(name, () => {
      open = false;
      stopTimer();
      withdraw();
    });
    withdraw = this.#hands.ask(name, probe, answered);
  }

  #take(name: ProbeName, probe: Probe, result: ProbeResult, began: number): void {
    const before = this.#tallies;
    const tally = counted(tallyOf(before, name), probe, result.ok);
    this.#tallies = { ...before, [name]: tally };
    if (activeProbes(this.#probes, this.#tallies).includes(name)) {
      this.#wait(name, probe, Math.max(0, began + periodOf(name, probe, tally) - this.#world.now()));
    }
    if (!result.ok) this.#hands.failed(name, result);
    const consequence = consequenceOf(this.#probes, before, this.#tallies, this.#hands.isReady());
    this.run();
    if (consequence !== undefined) this.#hands.follows(consequence, name, result);
  }
}

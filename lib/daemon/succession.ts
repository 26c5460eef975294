/** How a master comes to its place after another one, and how it leaves it to the next. */
import type { Ground, Running } from '../cluster/launch.ts';
import { BroodError } from '../errors.ts';
import { titleOf } from '../policy/title.ts';
import type { Changed, Identity } from './api.ts';
import type { Front } from './front.ts';
import type { History } from './history.ts';
import type { Operations } from './operations.ts';
import type { Predecessor } from './predecessor.ts';
import { scaledByLoad } from './scaled-by-load.ts';
import type { Surroundings } from './surroundings.ts';
import { Upgrade } from './upgrade.ts';
import type { UpgradeOrder } from './upgrade.ts';

/** What of the master has to do with it. */
export interface Reign {
  readonly ground: Ground;
  readonly front: Front;
  readonly operations: Operations;
  readonly history: History;
  readonly surroundings: Surroundings;
  readonly identity: Identity;
  /** It runs in the background. */
  readonly daemon: boolean;
  /** Ports that only one process can have are free for the next one. */
  readonly leave: () => void;
  /** Told of what goes wrong while nobody waits. */
  readonly failed: (error: unknown) => void;
  readonly end: () => Promise<void>;
  /** Resolves when everything has ended. */
  readonly ended: Promise<void>;
}

/** Whoever waits for the end of this process would take it for the end of the application. */
function refusalOf({ daemon, surroundings }: Reign): BroodError | undefined {
  if (process.pid === 1) return new BroodError('BROOD_UPGRADE_FIRST');
  return daemon || surroundings.systemd.listens ? undefined : new BroodError('BROOD_UPGRADE_FOREGROUND', { parent: process.ppid });
}

export class Succession {
  readonly #reign: Reign;
  readonly #upgrade: Upgrade;
  #predecessor: Predecessor | undefined;

  constructor(reign: Reign) {
    this.#reign = reign;
    const { ground, front, operations, history, surroundings, daemon } = reign;
    this.#upgrade = new Upgrade({
      ground,
      refusal: () => refusalOf(reign),
      legacy: () => ({ daemon, byHand: operations.byHand, byLoad: scaledByLoad(ground.supervisor.desired, ground.crew), past: history.state }),
      environment: () => surroundings.systemd.environment,
      takeBack: () => front.takeBack(),
    });
  }

  get isUpgrading(): boolean {
    return this.#upgrade.isUnderWay;
  }

  /** The whole application ends, also what is to follow. */
  abort(): Promise<void> {
    return this.#upgrade.abort();
  }

  /**
   * Another process takes the place of this one, which ends when it has answered, and everything has drained.
   *
   * @throws BROOD_UPGRADE_…, BROOD_TIMEOUT with everything as before
   */
  async upgrade(order: UpgradeOrder): Promise<Changed> {
    const began = performance.now();
    const { ground, operations, identity } = this.#reign;
    if (!ground.isStarted()) throw new BroodError('BROOD_STARTING');
    const { formation } = operations.changed('upgrade', began);
    const to = await this.#upgrade.run(order);
    const changed = operations.changed('upgrade', began);
    this.#retire(to.pid);
    return { ...changed, formation, masters: { from: identity, to } };
  }

  /** Everything serves: the place of the one before this is taken when that one says so, or has gone. */
  async takeOver(predecessor: Predecessor, { listening, post, undo, crew, heldBack }: Running): Promise<void> {
    const { front, ended, end } = this.#reign;
    const told = await Promise.race([predecessor.ready().then(() => true), ended.then(() => false)]);
    if (!told) throw new BroodError('BROOD_START_ABORTED');
    try {
      await front.takeOver();
    } catch (error) {
      await end();
      throw error;
    }
    listening.takeOver();
    this.#predecessor = predecessor;
    // Nothing is left when this process has ended.
    undo.push(() => predecessor.gone);
    void predecessor.gone.then(() => post.roster.elderGone());
    await predecessor.promoted();
    if (heldBack.size > 0) void crew.scale(heldBack).catch(this.#reign.failed);
  }

  /** Does not wait for what drains of the master before this one. */
  hurry(): void {
    this.#predecessor?.hurry();
  }

  /** Another master has the place of this one, and its sockets. */
  #retire(pid: number): void {
    const { ground, surroundings, leave, end } = this.#reign;
    const { listening, settings } = ground;
    listening.retire(true);
    leave();
    if (settings.ownTitle) process.title = titleOf(settings.title, 'old master');
    void surroundings.replacedBy(pid);
    void end();
  }
}

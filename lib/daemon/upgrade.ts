/**
 * The side of the old master in an upgrade: starts the new one, which inherits the listening sockets and the lock, and
 * goes when that one serves. Until it has said so nothing changes here; whatever happens to it, this one goes on.
 */
import { exclusivesOf } from '../cluster/inherited.ts';
import type { Ground } from '../cluster/launch.ts';
import { BroodError } from '../errors.ts';
import { AGENT } from '../cluster/specs.ts';
import type { Identity } from './api.ts';
import type { Legacy } from './legacy.ts';
import { Successor } from './successor.ts';

/** Milliseconds that a process may take to say that it is a master of Brood, … */
const HELLO = 30_000;
/** … and one that serves, to take the place of this one. */
const PROMOTION = 30_000;
/** One that has not even said what it is has nothing to finish. */
const STRANGER = 2_000;
/** Beyond what its processes may take to end. */
const LAST_STEPS = 5_000;

export interface UpgradeOrder {
  /** The Node.js that the new master runs on. Default: that of this one. */
  readonly node?: string | undefined;
  /** Milliseconds until it is given up. Default: what the start of the application may take. */
  readonly timeout?: number | undefined;
}

/** What it needs of the master. */
export interface Estate {
  readonly ground: Ground;
  /** Why no other process can take the place of this one. */
  readonly refusal: () => BroodError | undefined;
  readonly legacy: () => Pick<Legacy, 'daemon' | 'byHand' | 'byLoad' | 'past'>;
  /** What the new one has to find in its environment, beside what is in that of this one. */
  readonly environment: () => Readonly<Record<string, string>>;
  /** The new one had been told to take over, and has not lived. */
  readonly takeBack: () => Promise<void>;
}

export class Upgrade {
  readonly #estate: Estate;
  #successor: Successor | undefined;
  #isUnderWay = false;

  constructor(estate: Estate) {
    this.#estate = estate;
  }

  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  /**
   * Resolves when the new master has taken over, and this one is to go; waits for a reload that is under way.
   *
   * @throws BROOD_UPGRADE_FOREGROUND, BROOD_UPGRADE_FIRST, BROOD_UPGRADING; BROOD_UPGRADE_FAILED, BROOD_TIMEOUT, BROOD_CLOSED with everything as before
   */
  async run(order: UpgradeOrder): Promise<Identity> {
    const { ground, refusal } = this.#estate;
    const refused = refusal();
    if (refused !== undefined) throw refused;
    if (this.#isUnderWay) throw new BroodError('BROOD_UPGRADING');
    this.#isUnderWay = true;
    try {
      await ground.crew.quiet();
      return await this.#replace(order);
    } catch (error) {
      throw ground.crew.isClosing ? new BroodError('BROOD_CLOSED', {}, { cause: error }) : error;
    } finally {
      this.#isUnderWay = false;
    }
  }

  /** The whole application ends: the new master, too. */
  async abort(): Promise<void> {
    await this.#successor?.end(this.#grace);
  }

  get #grace(): number {
    const { drainTimeout, killTimeout } = this.#estate.ground.settings;
    return drainTimeout + killTimeout + LAST_STEPS;
  }

  async #replace({ node, timeout }: UpgradeOrder): Promise<Identity> {
    const { ground, takeBack } = this.#estate;
    if (ground.crew.isClosing) throw new BroodError('BROOD_CLOSED');
    const successor = new Successor({ execPath: node, environment: this.#estate.environment(), legacy: this.#legacy() });
    this.#successor = successor;
    const late = (within: number) => () =>
      new BroodError('BROOD_TIMEOUT', { command: 'upgrade', timeout: within, remedy: `The master (pid ${process.pid}) goes on as before.` });
    const exclusives = exclusivesOf(ground.crew.revision);
    let grace = STRANGER;
    let stopped = false;
    let told = false;
    try {
      const patience = Math.min(HELLO, timeout ?? HELLO);
      const { pid, version, node: runs } = await successor.says('hello', patience, late(patience));
      grace = this.#grace;
      await successor.says('serves', timeout, late(timeout ?? 0));
      stopped = exclusives.size > 0;
      await ground.crew.scale(new Map([...exclusives.keys()].map(type => [type, 0])));
      told = true;
      successor.promote();
      await successor.says('promoted', PROMOTION, late(PROMOTION));
      return { pid, version, node: runs };
    } catch (error) {
      // What it has begun may drain, for it may have served; a stopped one is killed.
      await successor.end(told ? STRANGER : grace);
      if (told && !ground.crew.isClosing) await takeBack();
      // How that goes is told as every start is.
      if (stopped && !ground.crew.isClosing) void ground.crew.scale(exclusives).catch(() => {});
      throw error;
    } finally {
      this.#successor = undefined;
    }
  }

  #legacy(): Omit<Legacy, 'version'> {
    const { ground, legacy } = this.#estate;
    const { crew, supervisor, listening, lock, meeting, post } = ground;
    return {
      ...legacy(),
      lock: lock?.fd,
      sockets: listening.heritage().filter(({ fd }) => fd >= 0),
      generation: crew.generation,
      ports: supervisor.instances().flatMap(({ port }) => port ?? []),
      cluster: meeting.cluster ?? post.name,
      agent: supervisor.instances().find(({ type, state }) => type === AGENT && state === 'ready')?.pid,
    };
  }
}

/** The side of the new master in an upgrade: takes what the one before it leaves, says when it serves, and waits until it is its turn. */
import { once } from 'node:events';
import { BroodError } from '../errors.ts';
import { tellStarter } from './background.ts';
import { LEGACY_VERSION, toSuccessor } from './legacy.ts';
import type { Legacy } from './legacy.ts';
import { ownVersion } from './version.ts';

/** The environment variable that tells a master that another one leaves it its place; it deletes it. */
export const SUCCESSOR_VARIABLE = 'BROOD_SUCCESSOR';

export class Predecessor {
  readonly legacy: Legacy;
  /** Resolves when it has ended, however it did. */
  readonly gone: Promise<void>;
  readonly #turn: Promise<void>;

  private constructor(legacy: Legacy, turn: Promise<void>, gone: Promise<void>) {
    this.legacy = legacy;
    this.#turn = turn;
    this.gone = gone;
  }

  /**
   * The master before this one; `undefined` when there is none.
   *
   * @throws BROOD_MASTER_GONE when it ends before it has left anything, BROOD_UPGRADE_VERSION
   */
  static async find(): Promise<Predecessor | undefined> {
    const has = process.env[SUCCESSOR_VARIABLE] !== undefined;
    delete process.env[SUCCESSOR_VARIABLE];
    if (!has || process.send === undefined) return undefined;
    const gone = once(process, 'disconnect').then(() => {});
    let promote: () => void = () => {};
    const turn = new Promise<void>(resolve => {
      promote = resolve;
    });
    const left = new Promise<Legacy>(resolve => {
      process.on('message', message => {
        const word = toSuccessor(message);
        if (word?.kind === 'legacy') resolve(word.legacy);
        if (word?.kind === 'promote') promote();
      });
    });
    await tellStarter({ kind: 'hello', pid: process.pid, version: ownVersion(), node: process.version });
    const legacy = await Promise.race([left, gone]);
    if (legacy === undefined) throw new BroodError('BROOD_MASTER_GONE', { command: 'upgrade' });
    if (legacy.version !== LEGACY_VERSION) throw new BroodError('BROOD_UPGRADE_VERSION', { version: String(legacy.version) });
    return new Predecessor(legacy, turn, gone);
  }

  /** Everything serves; resolves when this process is to be the master: the one before it says so, or has ended. */
  async ready(): Promise<void> {
    await tellStarter({ kind: 'serves' });
    await Promise.race([this.#turn, this.gone]);
  }

  /** It does not wait for what drains any longer. */
  hurry(): void {
    // It is the parent of this process for as long as the channel is open.
    if (process.connected) process.kill(process.ppid, 'SIGQUIT');
  }

  /** This process is the master; the one before it may go. */
  async promoted(): Promise<void> {
    await tellStarter({ kind: 'promoted' });
  }
}

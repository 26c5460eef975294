/** What a cluster does differently when its application stands on egg: its words, its messages, the port of cluster-client. */
import type { Address, Instance } from '../../model.ts';
import type { Supervisor } from '../../supervisor/supervisor.ts';
import { bind, portOf } from '../bind.ts';
import type { BoundSocket } from '../bind.ts';
import type { MasterLogger } from '../option-table.ts';
import type { Settings } from '../options.ts';
import { Conversation, eggAddress } from './conversation.ts';
import type { EggSettings } from './egg-options.ts';
import { EggWords } from './words.ts';

/** What the rest of the master does for it. */
export interface EggHands {
  readonly supervisor: Supervisor;
  readonly reload: () => void;
  readonly close: () => void;
  readonly message: (message: unknown, from: Instance | undefined) => void;
}

/**
 * A free port that stays taken: it is bound here and never listened on, so that no other process gets it, and the agent
 * can listen on it all the same (SO_REUSEADDR, which Node.js sets: two may be bound while only one listens).
 */
function reservePort(): BoundSocket | undefined {
  const socket = bind({ address: '127.0.0.1', port: 0, addressType: 4 });
  return typeof socket === 'number' ? undefined : socket;
}

export class EggHouse {
  /** What the processes are handed, and told with `egg-ready`. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly logger: MasterLogger;
  readonly #words: EggWords;
  readonly #egg: EggSettings;
  readonly #reserved: BoundSocket | undefined;
  readonly #clusterPort: number;
  readonly #app: string;
  #conversation: Conversation | undefined;

  constructor(egg: EggSettings, { workers, logger, type }: Pick<Settings, 'workers' | 'logger' | 'type'>) {
    this.#app = type;
    this.#egg = egg;
    this.#reserved = reservePort();
    this.#clusterPort = this.#reserved === undefined ? 7777 : portOf(this.#reserved);
    this.options = { ...egg.options, workers, clusterPort: this.#clusterPort };
    this.#words = new EggWords(egg, { workers, app: type }, logger);
    this.logger = this.#words.logger;
    this.#words.begin(this.options);
  }

  /** From the first fork on. */
  follow({ supervisor, reload, close, message }: EggHands): void {
    this.#words.follow(supervisor, this.#clusterPort);
    const reloadWorkers = (): void => {
      this.#words.reloading();
      reload();
    };
    // Whoever debugs a worker has ended it; a new one would have nobody to talk to.
    supervisor.on('death', ({ type, signal, reason }) => {
      if (this.#egg.agentInspect === undefined || type !== this.#app || signal !== 'SIGKILL' || reason !== 'signal') return;
      this.logger.error('worker kill by debugger, exiting...');
      close();
    });
    const warn = (text: string): void => this.logger.warn(text);
    this.#conversation = new Conversation({ supervisor, app: this.#app, egg: this.#egg, options: this.options, reload: reloadWorkers, message, warn });
  }

  /** The messenger of a process exists. */
  listens(id: number): void {
    this.#conversation?.listens(id);
  }

  carry(message: unknown, from: Instance | undefined): void {
    this.#conversation?.carry(message, from);
  }

  /** Every process serves. The result is the address with the protocol that the application serves. */
  everyoneReady(address: Address): { readonly address: Address; readonly undo: () => void } {
    const protocol = this.#conversation?.protocol ?? 'http';
    const real = 'path' in address ? address : { ...address, protocol };
    this.#words.everyoneReady(eggAddress(real, protocol), this.#egg.options['sticky'] !== undefined && this.#egg.options['sticky'] !== false);
    return { address: real, undo: this.#conversation?.everyoneReady(real) ?? (() => {}) };
  }

  signal(name: string): void {
    this.#words.signal(name);
  }

  failed(): void {
    this.#words.ending();
  }

  closed(): void {
    this.#reserved?.close();
    this.#words.closed();
  }
}

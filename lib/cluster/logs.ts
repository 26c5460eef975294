/** What the master does for logs: tells everybody to reopen files, and to change levels. It writes no log file itself. */
import { BroodError } from '../errors.ts';
import type { Control } from '../child/child.ts';
import type { LogLevelOrder, ToChild } from '../protocol.ts';
import type { MasterLogger } from './option-table.ts';

/** The part of the supervisor that is needed here. */
export interface Company {
  instances(): readonly { readonly id: number }[];
  childOf(id: number): { send(message: ToChild): boolean } | undefined;
}

/** An instance that has not answered after so many milliseconds is not waited for: it hangs, or has no logger of ours. */
const PATIENCE = 30_000;
const LEVELS = ['debug', 'info', 'warn', 'error', 'none', 'configured'];

/** The messages of instances that are answered here. */
type AboutLogs = Extract<Control, { readonly kind: 'reopen-logs' | 'reopened' | 'log-level' }>;

/** One round of reopening. */
interface Round {
  readonly waitingFor: Set<number>;
  readonly over: (all: boolean) => void;
}

/** Levels of so many loggers are kept for instances that come later. */
const MOST_LEVELS = 1000;

export class Logs {
  readonly #company: Company;
  readonly #rounds = new Map<number, Round>();
  /** The last level of each logger; the key '' is that of all. */
  readonly #levels = new Map<string, LogLevelOrder>();
  #lastSeq = 0;
  readonly #others: (() => Promise<void>)[] = [];

  constructor(company: Company) {
    this.#company = company;
  }

  /** Further files that are reopened with those of the instances. */
  also(reopen: () => Promise<void>): void {
    this.#others.push(reopen);
  }

  /** Resolves when everybody has reopened the files, to true; to false when an instance has not answered in time. */
  async reopen(): Promise<boolean> {
    const [all] = await Promise.all([this.#reopenInstances(), ...this.#others.map(reopen => reopen())]);
    return all;
  }

  #reopenInstances(): Promise<boolean> {
    const seq = ++this.#lastSeq;
    const asked = this.#company.instances().filter(({ id }) => this.#send(id, { kind: 'reopen', seq }));
    if (asked.length === 0) return Promise.resolve(true);
    return new Promise(resolve => {
      const timer = setTimeout(() => this.#end(seq, false), PATIENCE);
      timer.unref();
      const over = (all: boolean): void => {
        clearTimeout(timer);
        resolve(all);
      };
      this.#rounds.set(seq, { waitingFor: new Set(asked.map(({ id }) => id)), over });
    });
  }

  /** For a signal, whose sender waits for no answer. */
  async reopenAndTell(logger: MasterLogger): Promise<void> {
    if (await this.reopen()) logger.info('log files reopened');
    else logger.warn('not every instance has said that it reopened its log files');
  }

  /** @throws BROOD_LOG_LEVEL */
  setLevel(order: LogLevelOrder): void {
    if (!LEVELS.includes(order.level)) throw new BroodError('BROOD_LOG_LEVEL', { level: order.level, levels: LEVELS.join(', ') });
    // The level of all replaces that of each.
    if (order.logger === undefined) this.#levels.clear();
    const name = order.logger ?? '';
    // What is as configured need not be told to who comes later, unless a level of all stands.
    if (order.level === 'configured' && (name === '' || !this.#levels.has(''))) this.#levels.delete(name);
    else if (this.#levels.has(name) || this.#levels.size < MOST_LEVELS) this.#levels.set(name, order);
    for (const { id } of this.#company.instances()) this.#send(id, { kind: 'log-level', order });
  }

  /** Whether the message is about logs, and done. */
  hear(id: number, message: Control): message is AboutLogs {
    switch (message.kind) {
      case 'hello':
        for (const order of this.#levels.values()) this.#send(id, { kind: 'log-level', order });
        return false;
      case 'reopen-logs':
        void this.reopen().then(all => this.#send(id, { kind: 'logs-reopened', seq: message.seq, all }));
        return true;
      case 'reopened':
        this.#answered(message.seq, id);
        return true;
      case 'log-level':
        this.setLevel(message.order);
        return true;
      default:
        return false;
    }
  }

  /** An instance has ended, and all its files are closed. */
  end(id: number): void {
    for (const seq of this.#rounds.keys()) this.#answered(seq, id);
  }

  #answered(seq: number, id: number): void {
    const round = this.#rounds.get(seq);
    round?.waitingFor.delete(id);
    if (round?.waitingFor.size === 0) this.#end(seq, true);
  }

  #end(seq: number, all: boolean): void {
    this.#rounds.get(seq)?.over(all);
    this.#rounds.delete(seq);
  }

  #send(id: number, message: ToChild): boolean {
    return this.#company.childOf(id)?.send(message) ?? false;
  }
}

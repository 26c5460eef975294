/** The master's help for logs, asked for by an agent or a worker: everybody reopens, everybody gets a level. */
import type { LogLevelOrder, ToChild } from '../protocol.ts';
import type { Loggers } from './log/loggers.ts';
import { isThread, tell } from './parent.ts';

/** What an agent or a worker can ask for. */
export interface ClusterLogs {
  /** Makes every process reopen its log files; resolves to whether all have. */
  reopen(): Promise<boolean>;
  /** Sets the level of all loggers, or of one, in every process. */
  setLevel(order: LogLevelOrder): void;
}

/** Without a cluster around it this process is all there is. */
export const alone = (loggers: Loggers): ClusterLogs => ({
  reopen: () => loggers.reopen().then(() => true),
  setLevel: ({ level, logger }) => loggers.setLevel(level, logger),
});

/** Asks the master. */
export class MasterLogs implements ClusterLogs {
  readonly #asked = new Map<number, (all: boolean) => void>();
  #lastSeq = 0;

  reopen(): Promise<boolean> {
    if (!isThread && !process.connected) return Promise.resolve(false);
    const seq = ++this.#lastSeq;
    void tell({ kind: 'reopen-logs', seq });
    return new Promise(resolve => {
      // Without a master there is no answer.
      const gone = (): void => this.#answer(seq, false);
      process.once('disconnect', gone);
      this.#asked.set(seq, all => {
        process.off('disconnect', gone);
        resolve(all);
      });
    });
  }

  #answer(seq: number, all: boolean): void {
    this.#asked.get(seq)?.(all);
    this.#asked.delete(seq);
  }

  setLevel(order: LogLevelOrder): void {
    void tell({ kind: 'log-level', order });
  }

  /** Whether the message of the master is about logs, and done. `loggers`: `undefined` as long as there are none. */
  hear(message: ToChild, loggers: Loggers | undefined): boolean {
    switch (message.kind) {
      case 'reopen':
        void Promise.resolve(loggers?.reopen()).then(() => tell({ kind: 'reopened', seq: message.seq }));
        return true;
      case 'log-level':
        loggers?.setLevel(message.order.level, message.order.logger);
        return true;
      case 'logs-reopened':
        this.#answer(message.seq, message.all);
        return true;
      default:
        return false;
    }
  }
}

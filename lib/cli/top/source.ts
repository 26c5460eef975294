/** Where `brood top` has its figures from, and what it can order: a master, or in a test a story. */
import type { ControlEvent, Inspection, LogLine, Status } from '../../daemon/api.ts';

export interface TopSource {
  status(): Promise<Status>;
  inspect(name: string): Promise<Inspection>;
  /** The last lines that were written, oldest first. */
  recent(): Promise<readonly LogLine[]>;
  /** Calls `listener` with what happens, until it is closed; `ended` when nothing more will come. */
  events(listener: (event: ControlEvent) => void, ended: () => void): { close(): void };
  reload(): Promise<unknown>;
  restart(name: string): Promise<unknown>;
  scale(type: string, quantity: number): Promise<unknown>;
  /** Every instance of a type. */
  stop(type: string): Promise<unknown>;
}

/** How a directory is watched by the system; tests hand in another way. */
import { watch as fsWatch } from 'node:fs';

/** The part of fs.FSWatcher that is needed. */
export interface Watcher {
  on(event: 'error', listener: (error: Error) => void): unknown;
  close(): void;
}
export type Watch = (directory: string, told: (event: string, name: string | null) => void) => Watcher;

export const watchDirectory: Watch = (directory, told) => fsWatch(directory, { persistent: true }, told);

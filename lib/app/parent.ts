/** The channel to the master: the only user of process.send(). */
import cluster from 'node:cluster';
import { isOurs, readToChild } from '../protocol.ts';
import type { FromChild, ToChild } from '../protocol.ts';

/** A socket of node:net that came along with a message. */
export type ReceivedHandle = unknown;

type Hear = (message: ToChild, handle: ReceivedHandle) => void;

const unsent = new Set<Promise<void>>();

/** Tells the master; resolves when the message is written, also when there is nobody left to tell. */
export function tell(message: FromChild): Promise<void> {
  if (!process.connected) return Promise.resolve();
  const written = new Promise<void>(resolve => {
    // An error means that the master has gone; the `disconnect` event says so too, and ends this process.
    process.send?.({ brood: message }, undefined, undefined, () => resolve());
  });
  unsent.add(written);
  void written.then(() => unsent.delete(written));
  return written;
}

/** Resolves when everything that was told is written. Node.js loses what is not, when the process ends. */
export async function everythingTold(): Promise<void> {
  await Promise.all(unsent);
}

/** Calls `hear` with the master's messages, and `hearPlain` with all others. */
export function listenToParent(hear: Hear, hearPlain: (message: unknown) => void): void {
  process.on('message', (message, handle) => {
    if (!isOurs(message)) return hearPlain(message);
    const ours = readToChild(message);
    if (ours !== undefined) hear(ours, handle);
  });
}

/** Calls `gone` when the master has vanished, and keeps node:cluster from ending this process before that is done. */
export function onParentGone(gone: () => void): void {
  process.prependListener('disconnect', () => {
    // Otherwise node:cluster ends a worker at once, with its requests.
    if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true;
    gone();
  });
}

/** Leaves the channel; the master hears no more of this process but its end. */
export function leaveChannel(): void {
  if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true;
  if (process.connected) process.disconnect();
}

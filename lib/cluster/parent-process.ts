/** The process that has started the master, when it has an IPC channel to it: told when we are ready, heard, never needed. */
import { trace } from '../trace.ts';
import type { Address } from '../model.ts';

const debug = trace('brood:parent');

/** Sends a message to the parent, if there is one. */
export function tellParent(message: unknown): void {
  // Without a callback a parent that has just gone would be an uncaught error here.
  if (process.connected) process.send?.(message, undefined, undefined, error => error !== null && debug('%s', error));
}

/** Calls `hear` with what the parent sends from now on. The result ends that. */
export function hearParent(hear: (message: unknown) => void): () => void {
  if (!process.connected) return () => {};
  // The parent may leave; that is no reason to stay, nor to go. A program that listens to it by itself stays as long as it wants to: Node.js does
  // not count listeners any more once it has been told by unref(), so whoever came meanwhile is counted here.
  const isOurs = process.listenerCount('message') === 0;
  process.on('message', hear);
  if (isOurs) process.channel?.unref();
  return () => {
    process.off('message', hear);
    if (isOurs && process.listenerCount('message') > 0) process.channel?.ref();
  };
}

/** Tells the parent that the cluster is ready, and calls `hear` with what it sends from now on. The result ends that. */
export function followParent(hear: (message: unknown) => void, address: Address): () => void {
  const deaf = hearParent(hear);
  tellParent({ action: 'ready', data: { ...address }, from: 'master', to: 'parent' });
  return deaf;
}

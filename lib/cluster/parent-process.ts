/** The process that has started the master, when it has an IPC channel to it: told when we are ready, heard, never needed. */
import type { Address } from '../model.ts';
import type { Post } from './post.ts';

/** Tells the parent that the cluster is ready, and routes what it sends from now on. The result ends that. */
export function followParent(post: Post, address: Address): () => void {
  if (!process.connected || process.send === undefined) return () => {};
  const hear = (message: unknown): void => post.plain(message, undefined);
  process.on('message', hear);
  // The parent may leave; that is no reason to stay, nor to go.
  process.channel?.unref();
  process.send({ action: 'ready', data: { ...address }, from: 'master', to: 'parent' }, undefined, undefined, () => {});
  return () => process.off('message', hear);
}

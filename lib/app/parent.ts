/** The channel to the master: the only user of process.send(), and of the port of a thread. */
import cluster from 'node:cluster';
import type { MessagePort } from 'node:worker_threads';
import { isOurs, readToChild } from '../protocol-guards.ts';
import type { FromChild, ToChild } from '../protocol.ts';
import type { FromThread, ToThread } from '../thread-protocol.ts';
import { socketOf } from './socket-of.ts';

/** A socket of node:net that came along with a message. */
export type ReceivedHandle = unknown;

type Hear = (message: ToChild, handle: ReceivedHandle) => void;

/** A thread has no process.send(); its host carries what it says. Nobody else is started without one. */
const port: MessagePort | null = process.send === undefined ? process.getBuiltinModule('node:worker_threads').parentPort : null;

/** Whether this is a thread, whose process is also that of others. */
export const isThread = port !== null;

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
const post = (host: MessagePort, message: FromThread): void => host.postMessage(message);

const unsent = new Set<Promise<void>>();
let parentGone: () => void = () => {};

/** Tells the master; resolves when the message is written, also when there is nobody left to tell. */
export function tell(message: FromChild): Promise<void> {
  if (port !== null) return Promise.resolve(post(port, { kind: 'message', message: { brood: message } }));
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
  const heard = (message: unknown, handle: ReceivedHandle): void => {
    if (!isOurs(message)) return hearPlain(message);
    const ours = readToChild(message);
    if (ours !== undefined) hear(ours, handle);
  };
  if (port === null) process.on('message', heard);
  else listenToHost(port, heard);
}

function listenToHost(host: MessagePort, heard: (message: unknown, handle: ReceivedHandle) => void): void {
  // It has made node:cluster what it is here; processes that the application starts are no workers.
  delete process.env['NODE_UNIQUE_ID'];
  process.send = (message: unknown): boolean => {
    post(host, { kind: 'message', message });
    return true;
  };
  host.on('message', (message: ToThread) => {
    if (message.kind === 'gone') return parentGone();
    // Signals reach the first thread of a process only.
    if (message.kind === 'signal') return void process.emit(message.signal, message.signal);
    if (message.fd === undefined) {
      heard(message.message, undefined);
      // For what an application hears by itself.
      return void (isOurs(message.message) || process.emit('message', message.message, undefined));
    }
    post(host, { kind: 'taken', fd: message.fd });
    heard(message.message, socketOf(message.fd));
  });
}

/** Calls `gone` when the master has vanished, and keeps node:cluster from ending this process before that is done. */
export function onParentGone(gone: () => void): void {
  parentGone = gone;
  process.prependListener('disconnect', () => {
    // Otherwise node:cluster ends a worker at once, with its requests.
    if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true;
    gone();
  });
}

/** Leaves the channel; the master hears no more of this process but its end. */
export function leaveChannel(): void {
  if (isThread) return;
  if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true;
  if (process.connected) process.disconnect();
}

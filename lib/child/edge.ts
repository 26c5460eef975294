/** The IPC edge to a child: sendmessage, loaded with the first message, when the first child is booting anyway. */
import type { ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';

type SendMessage = (child: ChildProcess, message: unknown) => void;

let loaded: SendMessage | undefined;

/** Sends to a connected child; an error of the channel is an `error` event of the child. */
export function sendMessage(child: ChildProcess, message: unknown): void {
  // Proven by the package's own types.
  loaded ??= (createRequire(import.meta.url)('sendmessage') as { readonly sendmessage: SendMessage }).sendmessage;
  loaded(child, message);
}

/**
 * The IPC channel of a child as a trust boundary: nothing that a child writes to it throws in the master,
 * opens a port there, or makes it remember without bound.
 *
 * Node.js handles its own messages (cmd NODE_…) and the parsing of the channel before any `message` event, and trusts
 * the child in both. So its listeners are kept here and called for what a well-behaved child sends, and for nothing else.
 */
import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';

export type OnViolation = (what: string, fatal: boolean) => void;

/** A message line longer than this many bytes is no message. */
const LONGEST_LINE = 64 * 1024 * 1024;
const NEWLINE = 10;

type Listener = (message: unknown, handle: unknown) => void;
/** What Node.js can send along with a message; from another name it would call a method that does not exist. */
const HANDLE_TYPES = new Set(['net.Native', 'net.Server', 'net.Socket', 'dgram.Native', 'dgram.Socket']);
/** What a worker of ours tells node:cluster. It never asks it for a server: our own listen messages do that. */
const CLUSTER_ACTS = new Set(['online', 'exitedAfterDisconnect']);

/** Never calls what came from a child: `{ toString: 1 }` is JSON as well. */
const text = (value: unknown): string => (typeof value === 'object' && value !== null && !(value instanceof Error) ? 'object' : String(value).slice(0, 80));

/** Whether Node.js waits for the acknowledgement of a handle; without one its own listener throws. */
const awaitsAcknowledgement = (child: ChildProcess): boolean => Array.isArray(Reflect.get(child, '_handleQueue'));

function judge(child: ChildProcess, message: Record<string, unknown>, handle: unknown): 'pass' | 'plain' | 'drop' | { readonly violation: string } {
  switch (message['cmd']) {
    case 'NODE_HANDLE_ACK':
    case 'NODE_HANDLE_NACK':
      return awaitsAcknowledgement(child) ? 'pass' : { violation: `${message['cmd']} without a handle` };
    case 'NODE_HANDLE':
      if (typeof message['type'] === 'string' && HANDLE_TYPES.has(message['type']) && 'msg' in message) return 'pass';
      if (typeof handle === 'object' && handle !== null && 'close' in handle && typeof handle.close === 'function') handle.close();
      return { violation: `NODE_HANDLE of the type ${text(message['type'])}` };
    case 'NODE_CLUSTER':
      if (message['ack'] === undefined && typeof message['act'] === 'string' && CLUSTER_ACTS.has(message['act'])) return 'pass';
      // Sent when the last server of a worker closes; there is nothing to close here.
      return message['act'] === 'close' ? 'drop' : { violation: `NODE_CLUSTER ${text(message['act'] ?? message['ack'])}` };
    default:
      return 'plain';
  }
}

function guardInternalMessages(child: ChildProcess, onViolation: OnViolation, onPlain: (message: unknown) => void): void {
  // The listeners that Node.js itself has just installed on this child.
  const trusted = child.rawListeners('internalMessage') as Listener[];
  child.removeAllListeners('internalMessage');
  child.on('internalMessage', (message: Record<string, unknown>, handle: unknown) => {
    const verdict = judge(child, message, handle);
    if (verdict === 'plain') onPlain(message);
    else if (verdict === 'pass') {
      try {
        for (const listener of trusted) listener.call(child, message, handle);
      } catch (error) {
        onViolation(`${text(message['cmd'])}: ${text(error)}`, false);
      }
    } else if (verdict !== 'drop') onViolation(verdict.violation, false);
  });
}

interface RawChannel {
  /** Of all that has come; what is behind it in the buffer of a read was never sent. */
  readonly bytesRead: number;
  onread: (this: unknown, bytes: ArrayBuffer | undefined, ...rest: unknown[]) => unknown;
}

/**
 * The pipe under the channel, which Node.js keeps private: channel.ref() calls ref() on it, and for the time of
 * this one call ref() tells us on what. `undefined` where that does not work; then the bytes go unguarded.
 */
function rawChannelOf(child: ChildProcess): RawChannel | undefined {
  const { channel, stdout } = child;
  const pipe: unknown = stdout instanceof Socket ? Reflect.get(stdout, '_handle') : undefined;
  if (typeof channel?.ref !== 'function' || typeof pipe !== 'object' || pipe === null) return undefined;
  const prototype: object = Object.getPrototypeOf(pipe);
  if (Object.hasOwn(prototype, 'ref')) return undefined;
  const found: unknown[] = [];
  Reflect.set(prototype, 'ref', function ref(this: unknown) {
    found.push(this);
  });
  try {
    channel.ref();
  } finally {
    Reflect.deleteProperty(prototype, 'ref');
  }
  const [raw] = found;
  const isKnown =
    typeof raw === 'object' && raw !== null && typeof Reflect.get(raw, 'onread') === 'function' && typeof Reflect.get(raw, 'bytesRead') === 'number';
  // Proven by the test right here.
  return isKnown ? (raw as RawChannel) : undefined;
}

function guardBytes(child: ChildProcess, onViolation: OnViolation): void {
  const raw = rawChannelOf(child);
  if (raw === undefined) return;
  const { onread } = raw;
  let unfinished = 0;
  let broken = false;
  let before = raw.bytesRead;
  raw.onread = function guarded(bytes, ...rest) {
    if (broken && bytes !== undefined) return undefined;
    try {
      if (bytes !== undefined) {
        const length = raw.bytesRead - before;
        before += length;
        const newline = Buffer.from(bytes, 0, length).lastIndexOf(NEWLINE);
        unfinished = newline < 0 ? unfinished + length : length - newline - 1;
      }
      // The end of the channel always gets through: without it Node.js keeps the channel, and all that it has buffered.
      if (bytes === undefined || unfinished <= LONGEST_LINE) return onread.call(this, bytes, ...rest);
      onViolation(`more than ${LONGEST_LINE} bytes without a line end`, true);
    } catch (error) {
      onViolation(`bytes that are no message: ${text(error)}`, true);
    }
    // What Node.js has buffered of this channel cannot be trusted any more; the child is killed.
    broken = true;
    return undefined;
  };
}

/** Guards the channel of a child that was just started. `onPlain` gets a user's message that looks like one of Node's own. */
export function guardChannel(child: ChildProcess, onViolation: OnViolation, onPlain: (message: unknown) => void): void {
  guardInternalMessages(child, onViolation, onPlain);
  guardBytes(child, onViolation);
}

/** One child process as the supervisor sees it: what it can be told, and what it tells. */
import type { Writable } from 'node:stream';
import type { ChildError, ProcessSpec } from '../model.ts';
import type { HangReport } from '../observed.ts';
import type { FromChild, LeaveWish, ToChild } from '../protocol.ts';
import type { ByteSink } from './output.ts';
import type { ProcessTable } from './process-table.ts';

/** Where the output of instances goes. */
export interface Output {
  readonly stdout: Writable | ByteSink;
  readonly stderr: Writable | ByteSink;
  /** The instance, a spare until now, has got its slot. */
  serve?(slot: number): void;
}

/** Whose output it is. Slot 0: a spare. */
export interface OutputOrder {
  readonly type: string;
  readonly slot: number;
  readonly id: number;
  /** It is the one process of all threads of a type; slot and id mean nothing. */
  readonly shared: boolean;
}

/** For all instances one, or for each its own. */
export type OutputChoice = Output | ((order: OutputOrder) => Output);

/** What the supervisor orders: one instance of a spec. */
export interface StartOrder {
  readonly spec: ProcessSpec;
  readonly id: number;
  readonly slot: number;
  readonly generation: number;
  /** Boot, then wait to be told to serve. */
  readonly park: boolean;
  /** Its PORT, of a command that is given one. */
  readonly port?: number | undefined;
  /** Where its output goes; default: to that of this process. */
  readonly output?: Output | undefined;
}

/** An order with the mark that its descendants will carry. */
export type MarkedOrder = StartOrder & { readonly mark: string };

/** The messages of a child that are not about its life; the cluster answers them. */
export type Control = Exclude<FromChild, { readonly kind: 'booted' | 'ready' | 'leaving' | 'step' | 'failed' | 'hang' | 'pong' | 'wants-to-leave' | 'probed' }>;

/** What a child reports, from its start to its end. `exit` is always the last one, and always comes. */
export type ChildEvent =
  | { readonly type: 'booted' }
  | { readonly type: 'ready'; readonly address?: { readonly port: number; readonly host: string } | { readonly path: string } }
  | { readonly type: 'leaving'; readonly reason: string; readonly error?: ChildError }
  | { readonly type: 'step'; readonly step: string }
  | { readonly type: 'failed'; readonly error: ChildError }
  | { readonly type: 'pong' }
  | { readonly type: 'probed'; readonly seq: number; readonly ok: boolean; readonly detail: string }
  /** It wants to be replaced, and serves until it is told to go. */
  | { readonly type: 'wants-to-leave'; readonly reason: LeaveWish }
  /** A thread of it tells that its event loop stands still, or turns again. */
  | { readonly type: 'hang'; readonly report: HangReport }
  | { readonly type: 'control'; readonly message: Control }
  /** A message of the user's own, as process.send() gave it. */
  | { readonly type: 'plain'; readonly message: unknown }
  /** The child sent what no child of ours sends. `fatal`: its channel cannot be read any more. */
  | { readonly type: 'violation'; readonly what: string; readonly fatal: boolean }
  | {
      readonly type: 'exit';
      readonly code: number | null;
      readonly signal: string | null;
      readonly lastLines: readonly string[];
      /** What is known beyond code and signal. */
      readonly cause?: EndCause;
      readonly error?: ChildError;
      /** What is only known a moment later: the rest of the output has to be read, the kernel asked. Its place is taken at once. */
      readonly rest?: Promise<RestOfEnd>;
    };

export type EndCause = 'spawn-error' | 'out-of-memory';
export interface RestOfEnd {
  readonly lastLines: readonly string[];
  readonly cause?: EndCause;
}

export type Report = (event: ChildEvent) => void;

/** What somebody says to a child by its standard input, and hears of it at once. */
export interface Conversation {
  /** Never throws, also after the end of the child; what it does not read waits here. */
  readonly input: Writable;
  /** What it has written of a line that it has not ended: a prompt. */
  unfinished(): Buffer;
  /** Hands on what it writes from now on, both streams as they come, until the result is called. Costs nothing while nobody hears. */
  hear(listener: (chunk: Buffer) => void): () => void;
}

/** The parent's handle on one child. Every method may be called at any time, also after its end. */
export interface Child {
  /** 0 when the process could not be started. */
  readonly pid: number;
  /** Its pid is that of a process group, which is ended as a whole. */
  readonly group?: boolean;
  /** What its descendants are known by. */
  readonly mark?: string;
  serve(slot: number): void;
  /** Ask it to drain and end; `quick`: to end now. */
  ask(quick: boolean, reason: string): void;
  /** SIGKILL, to its group where it has one. */
  kill(): void;
  /** Asks for a `pong`. False when there is no channel to ask on. */
  ping(): boolean;
  /** Sends a message of ours; `handle`: a socket that goes along. False when there is no channel any more. */
  send(message: ToChild, handle?: unknown): boolean;
  /** Sends a user's message as it is. */
  sendPlain(message: unknown): boolean;
  /** Sends a signal that somebody wants it to have; `table`: one for an order. Absent: it is no process of its own. @throws ESRCH when it has ended, EPERM */
  signal?(name: NodeJS.Signals, table: ProcessTable): void;
  /** Absent: it has no standard input. */
  readonly conversation?: Conversation;
}

/** Starts one child; never throws, a failed start is an `exit` event with the cause `spawn-error`. */
export type StartChild = (order: StartOrder, report: Report) => Child;

/** The one shape of all guests. */
import type { Server } from 'node:net';
import type { Found } from './duck.ts';

/** Where to listen. */
export type Where = { readonly port: number; readonly host?: string } | { readonly path: string };

/** A guest that is ready to be served. It has a `server` to listen with, or a `listen` of its own, or listens already. */
export interface Guest {
  readonly kind: Found['kind'];
  /** To listen with (unless `listens`), to drain and to close. */
  readonly server?: Server;
  /** It listens already, or on a server that another guest brought: give it no address. */
  readonly listens: boolean;
  /** Listens without a server of ours (gRPC); resolves with the address it got. */
  listen?(where: Where): Promise<{ readonly port: number; readonly host: string } | { readonly path: string }>;
  /** Called when the drain begins, beside the draining of `server`: says goodbye to connections that would stay open; resolves when they are gone. */
  drain?(): Promise<void>;
  /** Called once after the drain, or when its time is over: lets go what is left. */
  close?(): Promise<void>;
}

/** Gives a server that a guest brought its place: as it is when it listens by itself, else for the cluster's address. */
export type Seat = (server: Server) => { readonly server: Server; readonly listens: boolean };

/** rpcOf(): commands as methods of msgpack-rpc, where only the own user, or the own machine, can call them. */
import { chmodSync } from 'node:fs';
import { isIP } from 'node:net';
import { BroodError } from '../errors.ts';
import type { RpcMethod } from './methods.ts';
import type { RpcOptions, RpcWhere } from './options.ts';
import { serveRpc, type RpcServer } from './serve.ts';

/** A command takes one object of named parameters. */
export type Command = (params: Readonly<Record<string, unknown>>) => Promise<unknown>;

export interface CommandServer {
  /** Resolves with the address: of a port 0 the one that it has got. @throws BROOD_RPC_ADDRESS for a host that is not the loopback address; an error of listen() */
  listen(where: RpcWhere): Promise<RpcWhere>;
  /** What was begun is answered first. */
  close(): Promise<void>;
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

function methodOf(command: Command): RpcMethod {
  return (params: unknown = {}, ...rest: readonly unknown[]) => {
    if (!isRecord(params) || rest.length > 0) throw new BroodError('BROOD_RPC_INVALID', { reason: 'a command takes one map of named parameters, or nothing' });
    return command(params);
  };
}

/** A socket file that nobody but this user can open, from the first moment on. */
function listenOn(server: RpcServer, where: RpcWhere): void {
  if (!('path' in where)) return void server.listen({ port: where.port, host: where.host ?? '127.0.0.1' });
  // A path is bound within the call, so that the mask is this one's alone.
  const umask = process.umask(0o177);
  try {
    server.listen(where.path);
  } finally {
    process.umask(umask);
  }
}

/** A server of these commands by name. @throws BROOD_RPC_PEER_MISSING, BROOD_RPC_METHODS, BROOD_OPTION_… */
export function rpcOf(commands: Readonly<Record<string, Command>>, options: Omit<RpcOptions, 'context'> = {}): CommandServer {
  const server = serveRpc(Object.fromEntries(Object.entries(commands).map(([name, command]) => [name, methodOf(command)])), options);
  return {
    listen: where =>
      new Promise((resolve, reject) => {
        if (!('path' in where) && where.host !== undefined && !isLoopback(where.host)) throw new BroodError('BROOD_RPC_ADDRESS', { host: where.host });
        server.once('error', reject);
        server.once('listening', () => {
          server.off('error', reject);
          const address = server.address();
          if ('path' in where) chmodSync(where.path, 0o600);
          resolve(typeof address === 'object' && address !== null ? { port: address.port, host: address.address } : where);
        });
        listenOn(server, where);
      }),
    close: () => new Promise(resolve => server.close(() => resolve())),
  };
}

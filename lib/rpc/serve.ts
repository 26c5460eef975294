/** serveRpc(): a server of node:net that speaks msgpack-rpc; in a cluster a guest like any other. */
import { Server, type Socket } from 'node:net';
import { trace } from '../trace.ts';
import { Codec } from './codec.ts';
import { Connection, type Service } from './connection.ts';
import { DRAIN } from './drain.ts';
import { tableOf, type RpcMethods } from './methods.ts';
import { serverSettings, type RpcOptions } from './options.ts';

const debug = trace('brood:rpc');

/** An event beside those of net.Server: `failure` (error, method), of what a method threw, and of a notification without a method. */
export class RpcServer extends Server {
  readonly #connections = new Set<Connection>();
  #isLeaving = false;

  constructor(service: Omit<Service, 'onError'>) {
    // What a client that has said all has called is answered; one that has vanished is found out.
    super({ allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 });
    const onError = (error: unknown, method: string): void => {
      try {
        this.emit('failure', error, method);
      } catch (failure) {
        debug('the listener of failures failed: %s', failure);
      }
    };
    this.on('connection', (socket: Socket) => {
      const connection = new Connection(socket, { ...service, onError });
      this.#connections.add(connection);
      socket.once('close', () => this.#connections.delete(connection));
      // It was accepted before the listening socket was closed.
      if (this.#isLeaving) connection.leave();
    });
  }

  /** Stops to listen; what has begun is answered, then the connections end, then `done` is called. */
  override close(done?: (error?: Error) => void): this {
    super.close(done);
    this[DRAIN]();
    return this;
  }

  /** What has begun is answered, what comes now is refused, then the connections end. */
  [DRAIN](): void {
    this.#isLeaving = true;
    for (const connection of this.#connections) connection.leave();
  }
}

/**
 * A server for `methods`: of msgpack-rpc, over TCP or a unix socket. Hand it to app.handle() in a cluster; elsewhere call
 * listen() yourself.
 *
 * Objects in `methods` are namespaces: `{ user: { get(id) {} } }` is called as `user.get`. What a method throws goes to the
 * client as `{ name, message, code }`.
 *
 * @throws BROOD_RPC_PEER_MISSING without the package @msgpack/msgpack, BROOD_RPC_METHODS, BROOD_RPC_METHOD_TWICE,
 *   BROOD_OPTION_UNKNOWN, BROOD_OPTION_TYPE
 */
export function serveRpc(methods: RpcMethods, options: RpcOptions = {}): RpcServer {
  const settings = serverSettings(options);
  return new RpcServer({ methods: tableOf(methods), settings, codec: new Codec(settings, 'serveRpc()') });
}

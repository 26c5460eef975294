/** The option `sticky` in a worker: each request is served by the worker that it belongs to, wherever its connection was accepted. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Sticky } from '../../entries.ts';
import { isOwnRequest } from '../own-request.ts';
import { addressKey, cookieValue, forwardedClient, queryValue, slotOfCookie } from '../../policy/affinity.ts';
import type { Boot, ToChild } from '../../protocol.ts';
import { onShared } from '../listen.ts';
import { attach, readsRequests } from './attach.ts';
import { Desk } from './desk.ts';
import { Homes } from './homes.ts';
import { addCookie, cookieFor, watchHandshake } from './marks.ts';
import { countElsewhere } from '../observe/requests.ts';
import { passRequest, passUpgrade, type Way } from './pass-on.ts';
import { clientOf, write } from './passport.ts';
import { Sessions } from './sessions.ts';

const headerText = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value.join(',') : value);

/** One request that may belong to another worker. */
interface Call {
  readonly request: IncomingMessage;
  /** Hands it to the application of this worker. */
  serve(): void;
  pass(way: Way): void;
}

class Router {
  readonly #sticky: Sticky;
  readonly #boot: Boot;
  readonly #homes: Homes;
  readonly #sessions: Sessions;
  readonly #desk: Desk;

  constructor(boot: Boot, sticky: Sticky) {
    const { id, mail } = boot;
    this.#boot = boot;
    this.#sticky = sticky;
    this.#homes = new Homes(id);
    this.#desk = new Desk({ prefix: mail.prefix, secret: mail.secret, self: id, isOpen: session => this.#sessions.isOpen(session) });
    this.#sessions = new Sessions(this.#homes, (other, session) => this.#desk.ask(other, session));
  }

  open(): Promise<void> {
    return this.#desk.open();
  }

  leave(): void {
    this.#desk.close();
  }

  hear(message: ToChild): boolean {
    if (message.kind !== 'homes') return false;
    for (const id of this.#homes.set(message.homes)) this.#desk.left(id);
    return true;
  }

  attach(server: Server, key: number): void {
    this.#desk.serve(key, server);
    const leaving = (): boolean => !server.listening;
    attach(server, {
      request: (request, response, serve) => {
        const continues = server.listenerCount('checkContinue') > 0;
        const pass = (way: Way): void => {
          countElsewhere(request.socket);
          passRequest({ request, response, continues, leaving }, way);
        };
        const passed = this.#route(key, { request, serve, pass });
        if (!passed) this.#mark(request, response);
        return passed;
      },
      upgrade: (request, client, serve) => this.#route(key, { request, serve, pass: way => passUpgrade(request, client, way) }),
    });
  }

  /** False: it is served here, at once. */
  #route(key: number, call: Call): boolean {
    if (this.#desk.wasPassedOn(call.request.socket) || isOwnRequest(call.request)) return false;
    const home = this.#homeOf(call.request);
    if (home === this.#homes.self) return false;
    if (typeof home === 'number') this.#pass(home, key, call);
    else void home.then(found => this.#settle(found, key, call));
    return true;
  }

  #settle(home: number, key: number, call: Call): void {
    // Its client has gone while the others were asked.
    if (call.request.socket.destroyed) return;
    if (home === this.#homes.self) call.serve();
    else this.#pass(home, key, call);
  }

  #pass(home: number, key: number, call: Call): void {
    const { mail } = this.#boot;
    const client = clientOf(call.request.socket);
    call.pass({
      path: this.#desk.path(home),
      passport: write({ secret: mail.secret, from: this.#homes.self, key, client }),
      refused: () => {
        // It has just ended. With each one that is left out there is one less to ask, and at last it is this worker.
        this.#homes.remove(home);
        if (!this.#route(key, call)) call.serve();
      },
    });
  }

  #homeOf({ url, headers, socket }: IncomingMessage): number | Promise<number> {
    const { by, name, proxies } = this.#sticky;
    switch (by) {
      case 'sid': {
        const session = queryValue(url ?? '', name);
        return session === undefined ? this.#homes.self : this.#sessions.homeOf(session);
      }
      case 'cookie': {
        const cookie = cookieValue(headers.cookie, name);
        if (cookie === undefined) return this.#homes.self;
        const slot = slotOfCookie(cookie);
        return (slot === undefined ? undefined : this.#homes.inSlot(slot)) ?? this.#homes.of(cookie);
      }
      case 'ip':
        return this.#homes.of(addressKey(forwardedClient(headerText(headers['x-forwarded-for']), proxies) ?? socket.remoteAddress ?? ''));
    }
  }

  /** So that the next request of this client finds the worker that has answered the first. */
  #mark(request: IncomingMessage, response: ServerResponse): void {
    const { by, name, proxies } = this.#sticky;
    if (by === 'sid' && queryValue(request.url ?? '', name) === undefined) {
      watchHandshake(request, response, session => this.#sessions.open(session));
    } else if (by === 'cookie' && cookieValue(request.headers.cookie, name) === undefined) {
      const secure = 'encrypted' in request.socket || (proxies > 0 && request.headers['x-forwarded-proto'] === 'https');
      addCookie(response, cookieFor(name, this.#boot.slot, secure));
    }
  }
}

/** What the rest of a worker knows of it. */
export interface StickyWorker {
  /** A message of the master; false for one that is not for it. */
  hear(message: ToChild): boolean;
  /** This worker takes nothing new. */
  leave(): void;
}

/** Opens the desk of this worker, before it listens. */
export async function startSticky(boot: Boot, sticky: Sticky): Promise<StickyWorker> {
  const router = new Router(boot, sticky);
  await router.open();
  onShared((server, key) => readsRequests(server) && router.attach(server, key));
  return router;
}

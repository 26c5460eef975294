/** One client of a server: its calls as they come, their answers as they are ready; and how the connection ends. */
import type { Socket } from 'node:net';
import { BroodError } from '../errors.ts';
import { trace } from '../trace.ts';
import { Caller } from './caller.ts';
import type { Codec } from './codec.ts';
import { failureFor, unsendable } from './failure.ts';
import { Framer, requestIdOf, type Frame } from './frames.ts';
import { GOODBYE, HELLO, NOTIFICATION, readMessage, RESPONSE, shown } from './message.ts';
import type { MethodTable } from './methods.ts';
import type { ServerSettings } from './options.ts';
import { Outlet } from './outlet.ts';

const debug = trace('brood:rpc');

/** What every connection of a server shares. */
export interface Service {
  readonly methods: MethodTable;
  readonly settings: ServerSettings;
  readonly codec: Codec;
  /** Told what a method threw; and of a notification without a method, of which nobody else is told. Never throws. */
  readonly onError: (error: unknown, method: string) => void;
}

/** Milliseconds in which a client that still sends is refused before the connection ends: it learns that nothing was begun. */
const LAST_REFUSALS = 250;
/** A client that goes on all the same is refused, or its connection ended, after so many milliseconds. */
const PATIENCE = 2000;
/** Milliseconds that the other end has to close after we have; what it sends is read and thrown away, for unread bytes would cut our last answers off. */
const LINGER = 1000;

type State =
  | 'open'
  /** The client was told, and ends the connection when everything that it has sent is answered. */
  | 'goodbye'
  /** New requests are refused; what has begun is finished. */
  | 'leaving'
  /** What comes cannot be read any more; what has begun is finished. */
  | 'broken'
  /** Everything was answered, and the end was sent. */
  | 'ended';

export class Connection {
  readonly #socket: Socket;
  readonly #service: Service;
  readonly #framer: Framer;
  readonly #outlet: Outlet;
  readonly #address: string | undefined;
  readonly #caller: Caller;
  #state: State = 'open';
  #isWorking = false;
  /** Its bytes are not read at present. */
  #isPaused = false;
  /** The client sends nothing more. */
  #isHalf = false;
  /** The client knows what a goodbye is. */
  #isOurs = false;
  #refusing: { readonly since: number; refused: boolean } | undefined;

  constructor(socket: Socket, service: Service) {
    this.#socket = socket;
    this.#service = service;
    this.#framer = new Framer(service.settings);
    this.#outlet = new Outlet(socket);
    this.#address = socket.remoteAddress;
    this.#caller = new Caller(service.settings.context, this.#address);
    socket.on('data', chunk => {
      // After the end, and behind what cannot be read, everything is thrown away.
      if (this.#state === 'ended' || this.#state === 'broken') return;
      this.#framer.push(chunk);
      this.#work();
    });
    socket.on('drain', () => this.#work());
    socket.on('end', () => {
      this.#isHalf = true;
      this.#caller.gone();
      this.#settle();
    });
    socket.on('close', () => {
      this.#state = 'ended';
      this.#caller.gone();
    });
    // ECONNRESET, EPIPE: the client has gone; `close` follows.
    socket.on('error', error => debug('%s: %s', this.#address, error));
  }

  /** Nothing new is begun; ends when everything that was begun is answered. */
  leave(): void {
    if (this.#state !== 'open') return;
    this.#state = this.#isOurs ? 'goodbye' : 'leaving';
    if (this.#isOurs) this.#sayGoodbye();
    this.#settle();
  }

  #sayGoodbye(): void {
    this.#outlet.write(this.#service.codec.encode([NOTIFICATION, GOODBYE, []]));
    setTimeout(() => {
      if (this.#state !== 'goodbye') return;
      this.#state = 'leaving';
      this.#settle();
    }, PATIENCE).unref();
  }

  /** Whether what comes can be read, and is answered. */
  get #isListening(): boolean {
    return this.#state === 'open' || this.#state === 'goodbye' || this.#state === 'leaving';
  }

  /** Whether the next message may be taken. */
  #hasRoom(): boolean {
    return this.#caller.inFlight < this.#service.settings.maxInFlight && !this.#outlet.isFull && this.#isListening;
  }

  /** Takes messages as long as there is room for their answers. */
  #work(): void {
    if (this.#isWorking) return;
    this.#isWorking = true;
    while (this.#hasRoom()) {
      const frame = this.#framer.next();
      if (frame === undefined) break;
      this.#take(frame);
    }
    this.#isWorking = false;
    const { fault } = this.#framer;
    if (fault !== undefined && this.#state !== 'ended') this.#break(fault, this.#framer.requestId());
    else this.#pause(!this.#hasRoom() && this.#state !== 'ended' && this.#state !== 'broken');
    this.#settle();
  }

  #pause(wanted: boolean): void {
    if (this.#isPaused === wanted) return;
    this.#isPaused = wanted;
    if (wanted) this.#socket.pause();
    else this.#socket.resume();
  }

  #take(frame: Frame): void {
    let value: unknown;
    try {
      value = this.#service.codec.decode(frame);
    } catch (error) {
      return this.#break(new BroodError('BROOD_RPC_MALFORMED', { reason: error instanceof Error ? error.message : String(error) }), requestIdOf(frame.bytes));
    }
    const message = readMessage(value);
    switch (message.kind) {
      case 'request':
        return this.#request(message.id, message.method, message.params);
      case 'notification':
        return this.#notification(message.method, message.params);
      case 'response':
        return this.#break(new BroodError('BROOD_RPC_INVALID', { reason: 'a response to a request that was never sent' }), undefined);
      case 'invalid': {
        const error = new BroodError('BROOD_RPC_INVALID', { reason: message.reason });
        // The next one can be read all the same.
        if (message.id === undefined) this.#break(error, undefined);
        else this.#answer(message.id, failureFor(error, false), null);
      }
    }
  }

  #request(id: number, name: string, params: readonly unknown[]): void {
    if (this.#state === 'leaving') {
      if (this.#refusing !== undefined) this.#refusing.refused = true;
      return this.#refuse(id, new BroodError('BROOD_RPC_LEAVING', { method: shown(name) }));
    }
    const method = this.#service.methods.get(name);
    if (name === HELLO) return this.#greet(id);
    if (method === undefined) return this.#refuse(id, new BroodError('BROOD_RPC_METHOD_UNKNOWN', { method: shown(name) }));
    this.#caller.call(method, { name, params, isNotification: false }, (error, result) => {
      if (error === undefined) this.#result(id, name, result);
      else {
        this.#answer(id, failureFor(error.thrown, this.#service.settings.stacks), null);
        this.#service.onError(error.thrown, name);
      }
      this.#work();
    });
  }

  #greet(id: number): void {
    this.#isOurs = true;
    this.#answer(id, null, true);
  }

  /** Nobody can be told to send it again, so it is carried out as long as this end is open. */
  #notification(name: string, params: readonly unknown[]): void {
    const method = this.#service.methods.get(name);
    if (method === undefined) return this.#service.onError(new BroodError('BROOD_RPC_METHOD_UNKNOWN', { method: shown(name) }), name);
    this.#caller.call(method, { name, params, isNotification: true }, error => {
      if (error !== undefined) this.#service.onError(error.thrown, name);
      this.#work();
    });
  }

  #refuse(id: number, error: BroodError): void {
    this.#answer(id, failureFor(error, false), null);
  }

  #result(id: number, method: string, result: unknown): void {
    if (this.#state === 'ended') return;
    let bytes: Buffer;
    try {
      bytes = this.#service.codec.encodeWithin([RESPONSE, id, null, result]);
    } catch (error) {
      return this.#refuse(id, unsendable('the result', method, error));
    }
    this.#outlet.write(bytes);
  }

  #answer(id: number, error: unknown, result: unknown): void {
    if (this.#state !== 'ended') this.#outlet.write(this.#service.codec.encode([RESPONSE, id, error, result]));
  }

  /** Nothing that comes can be read any more. `id`: of the request that is to blame. */
  #break(error: BroodError, id: number | undefined): void {
    if (this.#state === 'ended' || this.#state === 'broken') return;
    debug('%s: %s', this.#address, error.message);
    this.#state = 'broken';
    if (id !== undefined) this.#refuse(id, error);
  }

  /** Ends the connection when nothing is left to be done on it. */
  #settle(): void {
    if (this.#caller.inFlight > 0 || this.#isWorking) return;
    // The client has said all, and what it has said is done.
    const isHeard = this.#isHalf && !this.#isPaused && this.#isListening;
    if (this.#state === 'broken' || isHeard) return this.#end();
    if (this.#state === 'leaving' && this.#refusing === undefined) this.#refuseForAWhile({ since: performance.now(), refused: false });
  }

  #refuseForAWhile(refusing: { readonly since: number; refused: boolean }): void {
    this.#refusing = refusing;
    setTimeout(() => {
      if (this.#state !== 'leaving') return;
      const isOver = !refusing.refused || performance.now() - refusing.since > PATIENCE;
      if (isOver && this.#caller.inFlight === 0) return this.#end();
      this.#refuseForAWhile({ since: refusing.since, refused: false });
    }, LAST_REFUSALS).unref();
  }

  #end(): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#outlet.end();
    this.#pause(false);
    setTimeout(() => this.#socket.destroy(), LINGER).unref();
  }
}

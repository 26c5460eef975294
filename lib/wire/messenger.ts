/** The messenger of the agent, the app workers and the master: named messages, and requests with an answer. */
import { BroodError } from '../errors.ts';
import type { Peer } from '../model.ts';
import { type ById, oneOf, route, type Self, type Target } from '../policy/route.ts';
import { Held } from './held.ts';
import { type AnyListener, callSafely, Listeners } from './listeners.ts';
import { type Counters, type Delivery, type Mail, MAIL, type MailTap } from './mail.ts';
import type { Mesh } from './mesh.ts';
import { refusalOf } from './refusal-of.ts';
import { type Failure, failureOf, type RequestOptions, Requests } from './requests.ts';

/** The contents of each action, as a type: `interface Actions { refresh: { key: string } }`. */
export type ActionMap = object;
export type AnyActions = Record<string, unknown>;
/** Written as a method, so that a listener may say more exactly what it takes. */
export type MailListener<Content> = { listen(data: Content): unknown }['listen'];
export type RequestHandler<Content> = { handle(data: Content, request: { readonly from: number }): unknown }['handle'];
type Name<Actions> = Extract<keyof Actions, string>;
type ContentOf<Actions, Action> = Action extends keyof Actions ? Actions[Action] : undefined;
export type { Counters, Delivery } from './mail.ts';
export type { RequestOptions } from './requests.ts';
/** A message as it travels over plain IPC. */
export interface PlainMail {
  readonly action: string;
  readonly data: unknown;
}
export interface MessengerOptions {
  readonly self: Self;
  /** In the master: mail for the parent process, to be handed on. */
  readonly plain?: (message: PlainMail) => void;
  /** In the master: told of every message that is addressed to it, beside the listeners. */
  readonly note?: (message: PlainMail, from: number) => void;
}
/** A target, or the id of the peer that asked. */
type To = Target | ById;
const NEXT_AGENT = -1;
/** The one name that is not a user's: nobody else can call the listeners of it. */
const READY = 'ready';
/** For the framework: called when the roster has changed. */
export const ROSTER = '\0roster';

export class Messenger<Actions extends ActionMap = AnyActions> {
  readonly #mesh: Mesh;
  readonly #options: MessengerOptions;
  readonly #listeners = new Listeners();
  readonly #handlers = new Map<string, RequestHandler<unknown>>();
  readonly #requests = new Requests();
  /** What is sent before everyone is ready; `undefined` from then on. */
  #held: Held<To> | undefined;
  /** Plain messages that came before this process was open; `undefined` from then on. */
  #early: PlainMail[] | undefined = [];

  constructor(mesh: Mesh, options: MessengerOptions) {
    this.#mesh = mesh;
    this.#options = options;
    this.#held = new Held(mesh.options.queueLimit);
    mesh.attach({ mail: (from, mail) => this.#receive(from, mail), gone: peer => this.#requests.gone(peer) });
  }

  /** Numbers since the start of this process. */
  get counters(): Counters {
    return this.#mesh.counters;
  }

  /** Calls `listener` with every message of this action; `ready` is also called once when everyone is ready, or has been. */
  on<Action extends Name<Actions> | 'ready'>(action: Action, listener: MailListener<ContentOf<Actions, Action>>): this {
    return this.#listen(action, listener as AnyListener, false);
  }

  /** As {@link on}, for the next message only. */
  once<Action extends Name<Actions> | 'ready'>(action: Action, listener: MailListener<ContentOf<Actions, Action>>): this {
    return this.#listen(action, listener as AnyListener, true);
  }

  off<Action extends Name<Actions> | 'ready'>(action: Action, listener: MailListener<ContentOf<Actions, Action>>): this {
    this.#listeners.remove(action, listener as AnyListener);
    return this;
  }

  /**
   * Sends to the agent and every app worker, this process included.
   *
   * Resolves when the message is on its way, and while a receiver's queue is longer than `queueLimit`, when it is short again.
   * A message that nobody gets is counted, not thrown. Throws BROOD_MAIL_UNSENDABLE, BROOD_MAIL_TOO_LARGE, BROOD_MAIL_ACTION, as all that send do.
   */
  broadcast<Action extends Name<Actions>>(action: Action, data?: Actions[Action]): Promise<Delivery> {
    return this.#note('all', action, data);
  }

  /** Sends to every app worker that does not drain, this process included if it is one. */
  sendToApp<Action extends Name<Actions>>(action: Action, data?: Actions[Action]): Promise<Delivery> {
    return this.#note('app', action, data);
  }

  /** Sends to the agent; while it is started again, the message waits for it. */
  sendToAgent<Action extends Name<Actions>>(action: Action, data?: Actions[Action]): Promise<Delivery> {
    return this.#note('agent', action, data);
  }

  /** Sends to one ready app worker. */
  sendRandom<Action extends Name<Actions>>(action: Action, data?: Actions[Action]): Promise<Delivery> {
    return this.#note('random', action, data);
  }

  /** Sends to the process with this pid, or else this id; or to every process of the type that has this name. */
  sendTo<Action extends Name<Actions>>(pidOrId: number | string, action: Action, data?: Actions[Action]): Promise<Delivery> {
    return this.#note(pidOrId, action, data);
  }

  /** Sends to `app`, `agent`, `master`, `parent`, `random`, a pid or an id; by default to the other side: `app` for an agent, `agent` for an app worker. */
  send<Action extends Name<Actions>>(action: Action, data?: Actions[Action], to?: Target): Promise<Delivery> {
    return this.#note(to ?? (this.#options.self.type === 'agent' || this.#options.self.id === 0 ? 'app' : 'agent'), action, data);
  }

  /**
   * Asks `agent`, `app` (one that is ready), `master`, one of a process type, a pid or an id (`[id]`: never a pid), and resolves with the answer of its handler.
   *
   * Rejects with BROOD_REQUEST_FAILED (the handler threw; its error is the cause), BROOD_REQUEST_UNHANDLED, BROOD_REQUEST_TIMEOUT,
   * BROOD_REQUEST_ABORTED, BROOD_RECEIVER_GONE, BROOD_RECEIVER_NONE, or with what a send throws.
   */
  request<Answer = unknown>(to: To, action: Name<Actions>, data?: unknown, options: RequestOptions = {}): Promise<Answer> {
    const target = to === 'app' ? 'random' : to;
    // What the handler over there answers is known to the caller only.
    return this.#requests.begin(
      String(to),
      action,
      options,
      id => void this.#send(target, { kind: MAIL.request, action, id, content: data }),
    ) as Promise<Answer>;
  }

  /** Answers requests of this action with what `handler` returns or resolves to; the last one that was given is asked. */
  handle<Action extends Name<Actions>>(action: Action, handler: RequestHandler<Actions[Action]>): this {
    this.#handlers.set(action, handler);
    return this;
  }

  /** For the framework: who is there; {@link ROSTER} is called when it changes. */
  get peers(): readonly Peer[] {
    return this.#mesh.roster;
  }

  /** For tests: sees all mail of this process from now on. */
  tap(tap: MailTap): void {
    this.#mesh.tap = tap;
  }

  /** For the framework: who is there. */
  setRoster(peers: readonly Peer[]): void {
    this.#mesh.setRoster(peers);
    this.#listeners.call(ROSTER, undefined);
  }

  /** For the framework: this process has booted; from now on mail is delivered. */
  open(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const message of early) this.#listeners.call(message.action, message.data);
    this.#mesh.open();
  }

  /** For the framework: everyone is ready. What was held is sent, then `ready` is called. */
  everyoneReady(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    held.release((to, mail) => this.#send(to, mail));
    this.#listeners.call(READY, undefined);
  }

  /** For the framework: something came over plain IPC; what is no message of Egg's kind is ignored. */
  receivePlain(message: unknown): void {
    const mail = typeof message === 'string' ? { action: message, data: message } : message;
    if (typeof mail !== 'object' || mail === null || !('action' in mail) || typeof mail.action !== 'string') return;
    if (mail.action === READY) return;
    const plain = { action: mail.action, data: 'data' in mail ? mail.data : undefined };
    this.#mesh.counters.received += 1;
    if (this.#early === undefined) this.#listeners.call(plain.action, plain.data);
    else this.#early.push(plain);
  }

  #listen(action: string, listener: AnyListener, once: boolean): this {
    if (action === 'ready' && this.#held === undefined) {
      process.nextTick(callSafely, listener, undefined);
      if (once) return this;
    }
    this.#listeners.add(action, listener, once);
    return this;
  }

  #note(target: Target, action: string, content: unknown): Promise<Delivery> {
    return this.#send(target, { kind: target === 'parent' ? MAIL.parent : MAIL.note, action, id: 0, content });
  }

  #send(to: To, mail: Mail): Promise<Delivery> {
    if (mail.kind <= MAIL.request && (typeof mail.action !== 'string' || mail.action === '')) {
      throw new BroodError('BROOD_MAIL_ACTION', { actual: mail.action === '' ? 'an empty one' : typeof mail.action });
    }
    if (mail.action === READY && mail.kind <= MAIL.parent) throw new BroodError('BROOD_MAIL_RESERVED', { action: mail.action });
    try {
      if (this.#held !== undefined)
        return this.#held.keep(this.#mesh.encoder, to, mail) ?? this.#nobody(to, mail, 'too much was sent before everyone was ready');
      return typeof to === 'object' && mail.kind > MAIL.request ? this.#mesh.post(to, mail) : this.#post(to, mail);
    } catch (error) {
      throw refusalOf(error, mail, this.#mesh.options.queueLimit);
    }
  }

  #post(target: To, mail: Mail): Promise<Delivery> {
    const way = route(target, this.#mesh.roster, this.#options.self, Math.random());
    if (way.kind === 'nobody') return this.#nobody(target, mail, way.reason);
    const isRequest = mail.kind === MAIL.request;
    if (way.kind === 'await-agent') return isRequest ? this.#nobody(target, mail, 'the agent is down') : this.#mesh.post([NEXT_AGENT], mail);
    const ids = isRequest ? oneOf(way.ids, Math.random()) : way.ids;
    if (isRequest) this.#requests.bind(mail.id, ids[0] ?? NEXT_AGENT);
    const delivery = this.#mesh.post(ids, mail);
    if (isRequest) void delivery.then(({ delivered }) => delivered === 0 && this.#requests.fail(mail.id, 'BROOD_RECEIVER_NONE'));
    return delivery;
  }

  #nobody(to: To, mail: Mail, reason: string): Promise<Delivery> {
    this.#mesh.lose(typeof to === 'object' ? to[0] : to, 1, reason);
    if (mail.kind === MAIL.request) this.#requests.fail(mail.id, 'BROOD_RECEIVER_NONE');
    return Promise.resolve({ delivered: 0, dropped: 1 });
  }

  #receive(from: number, mail: Mail): void {
    switch (mail.kind) {
      case MAIL.note:
        this.#options.note?.({ action: mail.action, data: mail.content }, from);
        return this.#listeners.call(mail.action, mail.content);
      case MAIL.parent:
        return callSafely(() => this.#options.plain?.({ action: mail.action, data: mail.content }), undefined);
      case MAIL.request:
        return this.#answer(from, mail);
      default: {
        const settled = mail.kind === MAIL.answer ? this.#requests.answer(mail.id, from, mail.content) : this.#requests.failure(mail.id, from, mail.content);
        if (!settled) this.#mesh.counters.stray += 1;
      }
    }
  }

  #answer(from: number, { action, id, content }: Mail): void {
    const fail = (failure: Failure | undefined): void => void this.#send([from], { kind: MAIL.failure, action: '', id, content: failure });
    const handler = this.#handlers.get(action);
    if (handler === undefined) return fail(undefined);
    const answer = async (): Promise<unknown> => this.#send([from], { kind: MAIL.answer, action: '', id, content: await handler(content, { from }) });
    answer().catch((error: unknown) => fail(failureOf(error)));
  }
}

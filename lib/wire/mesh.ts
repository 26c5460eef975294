/** All links of one process: the socket that it listens on, the peers that it knows, and the way to each of them. */
import { trace } from '../trace.ts';
import type { Peer } from '../model.ts';
import { socketPath } from './abstract.ts';
import { Dictionary } from './dictionary.ts';
import { Encoder } from './encode.ts';
import { hello, MAIL_HEADER } from './frame.ts';
import { Incoming } from './incoming.ts';
import { Link, type LinkOptions } from './link.ts';
import { Loop } from './loop.ts';
import { type Counters, type Delivery, type Mail, type MailTap, type Receiver, writeMail } from './mail.ts';
import { Waiting } from './waiting.ts';

const debug = trace('brood:mail');

/** From so many queued bytes on, a sender that awaits is given its turn of the event loop after the sockets. */
const LONG_QUEUE = 1024 * 1024;
/** Milliseconds that flushSync() may take in all. */
const LAST_WORDS = 200;

export interface MeshOptions {
  /** The id of this process; 0 is the master. */
  readonly self: number;
  /** The socket of a process is this and its id. */
  readonly prefix: string;
  readonly secret: string;
  /** Bytes queued per receiver, and the most that one message may have. */
  readonly queueLimit: number;
  /** Told the first time that messages to a receiver are lost; `to` is its id (-1: the next agent), or the target that nobody is. */
  readonly onDrop?: (drop: { readonly to: number | string; readonly reason: string; readonly messages: number }) => void;
}

type Way = Link | Loop;
type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

export class Mesh {
  readonly options: MeshOptions;
  readonly counters: Writable<Counters> = { sent: 0, received: 0, dropped: 0, refused: 0, stray: 0 };
  readonly encoder: Encoder;
  tap: MailTap | undefined;
  #roster: readonly Peer[] = [];
  #receiver: Receiver | undefined;
  readonly #incoming: Incoming;
  readonly #loop: Loop;
  readonly #links = new Map<number, Link>();
  /** The queue for the next agent, while there is none. */
  #awaited: Link | undefined;
  readonly #linkOptions: LinkOptions;
  readonly #waiting = new Waiting<Way>();
  readonly #reported = new Set<number | string>();
  #scheduled: Way[] = [];

  constructor(options: MeshOptions) {
    this.options = options;
    this.encoder = new Encoder(new Dictionary(), options.queueLimit);
    this.#loop = new Loop(
      options.queueLimit,
      mail => this.deliver(options.self, mail),
      () => this.#waiting.relieve(this.#loop),
    );
    this.#incoming = new Incoming({
      secret: options.secret,
      limit: options.queueLimit + MAIL_HEADER,
      mail: (from, mail) => this.deliver(from, mail),
      gone: peer => this.#receiver?.gone(peer),
      refused: reason => {
        this.counters.refused += 1;
        debug('%d: a connection was closed: %s', options.self, reason);
      },
      failed: error => debug('%d: mail socket: %s', options.self, error.message),
    });
    this.#linkOptions = {
      path: peer => socketPath(`${options.prefix}${peer}`),
      hello: hello(options.self, options.secret),
      queueLimit: options.queueLimit,
      lost: (link, messages) => this.lose(link.peer, messages, 'the receiver is gone'),
      broken: link => this.#incoming.outlive(link.peer),
      drained: link => this.#waiting.relieve(link),
    };
  }

  /** Everyone that the last roster named; an agent that is gone stays listed until the next one comes. */
  get roster(): readonly Peer[] {
    return this.#roster;
  }

  /** Bytes that wait for a receiver. */
  get queued(): number {
    return this.#queues().reduce((sum, link) => sum + link.queued, this.#loop.queued);
  }

  /** Opens the mail socket. It never keeps the process alive, and node:cluster is bypassed. Rejects with Node's own error. */
  listen(): Promise<void> {
    return this.#incoming.listen(socketPath(`${this.options.prefix}${this.options.self}`));
  }

  /** Whom this process's mail is for; to be set before {@link open}. */
  attach(receiver: Receiver): void {
    this.#receiver = receiver;
  }

  /** Starts reading. */
  open(): void {
    this.#incoming.open();
    this.#loop.open();
  }

  /** Who is there now. Links to those who are gone end, and what was queued for them is lost. */
  setRoster(peers: readonly Peer[]): void {
    const there = peers.filter(peer => peer.state !== 'gone');
    const agent = this.#roster.findLast(peer => peer.type === 'agent');
    const comesBack = agent !== undefined && !there.some(peer => peer.type === 'agent');
    this.#roster = comesBack ? [...there, { ...agent, state: 'gone', reachable: false }] : there;
    const ids = new Set(there.map(peer => peer.id));
    for (const [id, link] of this.#links) {
      if (ids.has(id)) continue;
      this.#links.delete(id);
      link.end();
      this.#incoming.outlive(id);
    }
    for (const peer of there) {
      if (peer.id === this.options.self) continue;
      if (peer.type === 'agent') this.#adopt(peer.id);
      const eager = peer.type === 'agent' || peer.type === 'master';
      const link = eager ? this.#link(peer.id) : this.#links.get(peer.id);
      link?.reach(peer.reachable, eager);
    }
  }

  /**
   * Sends to each of `ids`; -1 stands for the next agent. Resolves at once while the queues are short, otherwise when they are.
   * Throws what the encoder throws when the message cannot be sent or is too large.
   */
  post(ids: readonly number[], mail: Mail): Promise<Delivery> {
    const { encoder, counters } = this;
    writeMail(encoder, mail);
    encoder.verify();
    let delivered = 0;
    let behind: Way[] | undefined;
    let long = false;
    for (const id of ids) {
      const way = this.#way(id);
      if (!way.post(encoder)) {
        this.lose(id, 1, 'its queue is full');
        continue;
      }
      delivered += 1;
      long ||= way.queued > LONG_QUEUE;
      if (way.queued > this.options.queueLimit) {
        way.awaited = true;
        (behind ??= []).push(way);
      }
      if (!way.scheduled) this.#schedule(way);
    }
    counters.sent += delivered;
    // A tap may send; until here the encoder holds this message.
    this.tap?.sent(ids, mail);
    const dropped = ids.length - delivered;
    if (behind !== undefined) return this.#waiting.until(behind, delivered, dropped);
    // Who awaits lets the sockets write; a promise that is settled already would let nothing else run.
    return long ? this.#waiting.nextTurn(delivered, dropped) : this.#waiting.settled(delivered, dropped);
  }

  /** Counts messages that somebody does not get, and tells the first time. */
  lose(to: number | string, messages: number, reason: string): void {
    this.counters.dropped += messages;
    if (this.#reported.has(to)) return;
    if (this.#reported.size > 1000) this.#reported.clear();
    this.#reported.add(to);
    debug('%d: mail to %s is lost: %s', this.options.self, to, reason);
    this.options.onDrop?.({ to, reason, messages });
  }

  /**
   * Resolves `true` when everything is in the kernel; `false` when that took longer than `timeoutMs` milliseconds, or when
   * something is left for somebody who does not listen, whom it does not wait for.
   */
  async flush(timeoutMs: number): Promise<boolean> {
    this.#flush();
    const links = this.#queues();
    const empty = Promise.all(links.filter(link => link.reachable).map(link => link.whenEmpty()));
    let timer: NodeJS.Timeout | undefined;
    // Not unref'ed: the sockets do not keep the process alive, this does.
    const late = new Promise<void>(resolve => (timer = setTimeout(resolve, timeoutMs)));
    await Promise.race([empty, late]);
    clearTimeout(timer);
    return links.every(link => link.queued === 0);
  }

  /** For the `exit` event of the process: writes what is queued without an event loop; best effort, at most 200 ms. */
  flushSync(): void {
    const deadline = process.uptime() + LAST_WORDS / 1000;
    for (const link of this.#links.values()) link.flushSync(deadline);
  }

  /** Ends all connections and the mail socket; what is queued is lost. */
  async close(): Promise<void> {
    for (const link of this.#links.values()) link.end();
    this.#links.clear();
    await this.#incoming.close();
  }

  readonly #queues = (): readonly Link[] => [...this.#links.values(), ...(this.#awaited === undefined ? [] : [this.#awaited])];

  #way(id: number): Way {
    if (id === this.options.self) return this.#loop;
    if (id >= 0) return this.#link(id);
    this.#awaited ??= new Link(-1, this.#linkOptions);
    return this.#awaited;
  }

  #link(id: number): Link {
    let link = this.#links.get(id);
    if (link === undefined) {
      link = new Link(id, this.#linkOptions);
      this.#links.set(id, link);
      link.reach(this.#roster.find(peer => peer.id === id)?.reachable ?? false, false);
    }
    return link;
  }

  /** The queue for the next agent becomes the link to it, before anything else is sent to it. */
  #adopt(id: number): void {
    if (this.#awaited === undefined || this.#links.has(id)) return;
    this.#awaited.peer = id;
    this.#links.set(id, this.#awaited);
    this.#awaited = undefined;
  }

  /** One write per receiver and tick. */
  #schedule(way: Way): void {
    way.scheduled = true;
    if (this.#scheduled.push(way) === 1) setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    const scheduled = this.#scheduled;
    this.#scheduled = [];
    for (const way of scheduled) {
      way.scheduled = false;
      way.flush();
    }
  };

  protected deliver(from: number, mail: Mail): void {
    this.counters.received += 1;
    this.tap?.received(from, mail);
    this.#receiver?.mail(from, mail);
  }
}

/** The post office of the master: its own messenger, the roster, and the plain messages of unmodified Egg code. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trace } from '../trace.ts';
import type { Instance } from '../model.ts';
import { route } from '../policy/route.ts';
import type { Target } from '../policy/route.ts';
import type { Boot } from '../protocol.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { Mesh } from '../wire/mesh.ts';
import { Messenger } from '../wire/messenger.ts';
import { tellParent } from './parent-process.ts';
import { Roster } from './roster.ts';
import type { Who } from './roster.ts';
import { secretText } from './secret.ts';

const debug = trace('brood:post');

/** Where mail sockets are: abstract on Linux, where they need no file; in a private directory elsewhere. */
function mailPrefix(): { readonly prefix: string; readonly directory: string | undefined } {
  if (process.platform === 'linux') return { prefix: `\0brood-${secretText(16)}-`, directory: undefined };
  const directory = mkdtempSync(join(tmpdir(), 'brood-'));
  return { prefix: `${directory}/`, directory };
}

/** A message that came over the IPC channel and not through a messenger. */
export interface PlainMessage {
  readonly action: string;
  readonly data: unknown;
  readonly to: Target | undefined;
}

const idText = (value: unknown): string | undefined => (typeof value === 'string' || typeof value === 'number' ? String(value) : undefined);

/** What unmodified Egg code means: `{ action, data, to, receiverPid, receiverWorkerId }`, or a bare string. */
export function readPlain(message: unknown): PlainMessage | undefined {
  if (typeof message === 'string') return { action: message, data: message, to: undefined };
  if (typeof message !== 'object' || message === null || !('action' in message) || typeof message.action !== 'string') return undefined;
  const at = (key: string): string | undefined => idText(Reflect.get(message, key));
  return { action: message.action, data: Reflect.get(message, 'data'), to: at('receiverWorkerId') ?? at('receiverPid') ?? at('to') };
}

export interface PostEvents extends Who {
  /** A plain message or mail for the master. `from` is undefined when the parent process sent it. */
  message(message: unknown, from: Instance | undefined): void;
}

export class Post {
  readonly messenger: Messenger;
  readonly roster: Roster;
  /** Where the children find each other. */
  readonly mail: Boot['mail'];
  readonly #mesh: Mesh;
  readonly #directory: string | undefined;
  readonly #events: PostEvents;
  #supervisor: Supervisor | undefined;

  constructor(queueLimit: number, events: PostEvents) {
    const { prefix, directory } = mailPrefix();
    this.mail = { prefix, secret: secretText(32), queueLimit };
    this.#directory = directory;
    this.#events = events;
    this.#mesh = new Mesh({ self: 0, ...this.mail });
    this.messenger = new Messenger(this.#mesh, {
      self: { id: 0, type: 'master', pid: process.pid },
      plain: tellParent,
      note: ({ action, data }, from) => this.#events.message({ action, data }, this.#instance(from)),
    });
    this.roster = new Roster(
      (id, message) => this.#supervisor?.childOf(id)?.send(message) ?? false,
      peers => this.messenger.setRoster(peers),
      events,
    );
  }

  /** Told from that of every other master. */
  get name(): string {
    return this.mail.prefix.replaceAll(/[^\w-]/g, '');
  }

  /** Opens the master's mail socket. */
  async open(supervisor: Supervisor): Promise<void> {
    this.#supervisor = supervisor;
    await this.#mesh.listen();
    this.messenger.open();
    this.messenger.setRoster(this.roster.peers.filter(this.#events.isPeer));
  }

  /** Tells one child that everyone is ready, and who everyone is; once. */
  greet(id: number): void {
    if (this.roster.isTold(id)) return;
    this.roster.introduce(id);
    this.#supervisor?.childOf(id)?.send({ kind: 'everyone-ready' });
  }

  /** A plain message: from a child, or from the parent process (`from` undefined). Whatever it is, nothing is thrown. */
  plain(message: unknown, from: Instance | undefined): void {
    const plain = readPlain(message);
    const to = plain?.to ?? (from === undefined ? 'master' : from.type === 'agent' ? 'app' : 'agent');
    // What has no action has no receiver but the master's own listener.
    if (plain === undefined || to === 'master' || Number(to) === process.pid) return this.#events.message(message, from);
    if (to === 'parent') return tellParent(message);
    const self = from ?? { id: 0, type: 'master', pid: process.pid };
    const way = route(to, this.roster.peers, self, Math.random());
    const ids = way.kind === 'to' ? way.ids : [];
    if (ids.length === 0) debug('nobody gets %s (%s)', plain.action, way.kind === 'nobody' ? way.reason : to);
    for (const id of ids) this.#supervisor?.childOf(id)?.sendPlain(message);
  }

  async close(): Promise<void> {
    await this.#mesh.flush(100);
    await this.#mesh.close();
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true, force: true });
  }

  #instance(id: number): Instance | undefined {
    return this.#supervisor?.instances().find(instance => instance.id === id);
  }
}

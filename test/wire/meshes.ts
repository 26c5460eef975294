/** Several processes' meshes in one process, with real sockets between them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Peer, State } from '../../lib/model.ts';
import { Mesh, type MeshOptions } from '../../lib/wire/mesh.ts';
import { Messenger, type MessengerOptions } from '../../lib/wire/messenger.ts';

export const SECRET = 'the secret of the tests';

export interface Node {
  readonly mesh: Mesh;
  readonly messenger: Messenger;
  readonly id: number;
  readonly pid: number;
}

let clusters = 0;

/** A cluster without processes: `start` adds a member, `tell` gives everyone the roster, `end` closes all. */
export class Cluster {
  readonly prefix: string;
  readonly nodes: Node[] = [];
  roster: Peer[] = [];
  readonly #directory: string | undefined;

  constructor() {
    this.#directory = process.platform === 'linux' ? undefined : mkdtempSync(path.join(tmpdir(), 'brood-wire-'));
    this.prefix = this.#directory === undefined ? `\0brood-wire-${process.pid}-${clusters++}-` : path.join(this.#directory, 'm');
  }

  /** A member that neither listens nor is open, and that the roster does not name. */
  create(id: number, type: string, options: Partial<MeshOptions> & Pick<MessengerOptions, 'plain'> = {}): Node {
    const { plain, ...rest } = options;
    const pid = 100_000 + id;
    const mesh = new Mesh({ self: id, prefix: this.prefix, secret: SECRET, queueLimit: 1 << 20, ...rest });
    const messenger = new Messenger(mesh, { self: { id, type, pid }, ...(plain !== undefined && { plain }) });
    const node = { mesh, messenger, id, pid };
    this.nodes.push(node);
    return node;
  }

  /** A member that listens, is open and listed; `tell` must follow. */
  async start(id: number, type: string, options?: Parameters<Cluster['create']>[2]): Promise<Node> {
    const node = this.create(id, type, options);
    await node.mesh.listen();
    node.messenger.open();
    this.list(id, type);
    return node;
  }

  list(id: number, type: string, state: State = 'ready', reachable = true): void {
    this.roster = [...this.roster.filter(peer => peer.id !== id), { id, type, slot: 1, pid: 100_000 + id, state, reachable }];
  }

  unlist(id: number): void {
    this.roster = this.roster.filter(peer => peer.id !== id);
  }

  tell(): void {
    for (const node of this.nodes) node.messenger.setRoster(this.roster);
  }

  /** Everyone knows everyone, and everyone is ready. */
  ready(): void {
    this.tell();
    for (const node of this.nodes) node.messenger.everyoneReady();
  }

  async end(): Promise<void> {
    await Promise.all(this.nodes.map(node => node.mesh.close()));
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Collects what arrives, and resolves when so many messages have. */
export function collect(node: Node, action: string, count: number): { readonly arrived: unknown[]; readonly all: Promise<unknown[]> } {
  const arrived: unknown[] = [];
  const all = new Promise<unknown[]>(resolve => {
    node.messenger.on(action, content => {
      if (arrived.push(content) === count) resolve(arrived);
    });
  });
  return { arrived, all };
}

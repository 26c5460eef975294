/** What the processes of an Egg application, and the process that started the master, are told, and when. */
import type { Address, Instance } from '../../model.ts';
import type { Supervisor } from '../../supervisor/supervisor.ts';
import { hearParent, tellParent } from '../parent-process.ts';
import { AGENT } from '../specs.ts';
import type { EggSettings } from './egg-options.ts';
import { readEnvelope } from './envelope.ts';
import type { EggEnvelope } from './envelope.ts';
import { Relay } from './relay.ts';

export interface ConversationParts {
  readonly supervisor: Supervisor;
  /** The process type of the app workers. */
  readonly app: string;
  readonly egg: EggSettings;
  /** With what the children were handed. */
  readonly options: Readonly<Record<string, unknown>>;
  /** `reload-worker`, which egg-development sends when a file has changed. */
  reload(): void;
  /** Anything else for the master. */
  message(message: unknown, from: Instance | undefined): void;
  warn(message: string): void;
}

/** The address as Egg tells it: with the host that was listened on, or one to open it by. */
export function eggAddress(address: Address, protocol: string): string {
  if ('path' in address) return address.path;
  const everywhere = ['0.0.0.0', '::', ''].includes(address.host);
  const { HOST } = process.env;
  const host = everywhere ? (HOST !== undefined && HOST !== '' && HOST !== '0.0.0.0' ? HOST : '127.0.0.1') : address.host;
  return `${protocol}://${host}:${address.port}`;
}

export class Conversation {
  readonly #parts: ConversationParts;
  readonly #relay: Relay;
  readonly #workerId: (instance: Instance) => number;
  /** What the first worker has told of its port, from options and config. */
  #real: { readonly port?: unknown; readonly protocol?: unknown } = {};
  #address: string | undefined;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    // A thread shares its pid with the others; Egg knows it by a number of its own.
    const isThreaded = parts.options['startMode'] === 'worker_threads';
    const workerId = ({ id, type, pid }: Instance): number => (isThreaded && type === parts.app ? id : pid);
    this.#workerId = workerId;
    this.#relay = new Relay(parts, workerId, {
      toMaster: (envelope, from) => this.#hear(envelope, from),
      toParent: tellParent,
      warn: message => parts.warn(message),
    });
    const { supervisor } = parts;
    supervisor.on('change', instance => {
      if (instance.state === 'starting' && instance.pid !== 0) this.#tellDebugPort(instance);
      if (instance.state !== 'draining' && instance.state !== 'gone') return;
      if (instance.type === parts.app) this.#tellAgentPids();
      else this.#tellApps('egg-pids', this.#agentPids());
    });
    supervisor.on('ready', instance => this.#isReady(instance));
    supervisor.on('death', ({ type }) => {
      // The parent is told of ends after the start only; a failed start ends the master.
      if (this.#address !== undefined && supervisor.desired.some(row => row.quantity > 0))
        tellParent({ action: `${type === AGENT ? 'agent' : 'app'}-worker-died`, to: 'parent', from: 'master' });
    });
  }

  /** The application's messenger exists. */
  listens(id: number): void {
    this.#relay.listens(id);
  }

  /** A message of a child, or (`from` undefined) of the process that started the master. */
  carry(message: unknown, from: Instance | undefined): void {
    const envelope = readEnvelope(message, from === undefined ? 'parent' : from.type === AGENT ? 'agent' : 'app');
    if (envelope === undefined) this.#parts.message(message, from);
    else this.#relay.carry(envelope, from);
  }

  get protocol(): 'http' | 'https' {
    return this.#real.protocol === 'https' ? 'https' : 'http';
  }

  /** Everything serves: tells the parent, the workers and the agent. The result ends the conversation with the parent. */
  everyoneReady(address: Address): () => void {
    const { egg, options } = this.#parts;
    this.#address = eggAddress(address, this.protocol);
    this.#relay.everyoneReady();
    const port = 'path' in address ? this.#real.port : address.port;
    tellParent({
      action: 'egg-ready',
      to: 'parent',
      from: 'master',
      data: { port, debugPort: egg.debugPort, address: this.#address, protocol: this.protocol },
    });
    for (const { id } of this.#ready(AGENT)) this.#tell(id, 'egg-ready', options);
    this.#tellApps('egg-ready', options);
    this.#tellAgentPids();
    return hearParent(message => this.carry(message, undefined));
  }

  #hear({ action, data, message }: EggEnvelope, from: Instance | undefined): void {
    if (action === 'realport' && typeof data === 'object' && data !== null) this.#real = { ...data };
    else if (action === 'reload-worker') this.#parts.reload();
    else this.#parts.message(message, from);
  }

  #isReady({ id, type }: Instance): void {
    const started = this.#address !== undefined;
    if (type === AGENT) {
      this.#tellApps('egg-pids', this.#agentPids());
      this.#tellApps('agent-start', undefined);
      if (!started) return;
      this.#tell(id, 'egg-pids', this.#pids(this.#parts.app));
      this.#tell(id, 'egg-ready', this.#parts.options);
    } else {
      this.#tell(id, 'egg-pids', this.#agentPids());
      this.#tellAgentPids();
      if (started) this.#tell(id, 'egg-ready', this.#parts.options);
    }
  }

  #ready(type: string): readonly Instance[] {
    return this.#parts.supervisor.instances().filter(instance => instance.type === type && instance.state === 'ready');
  }

  #pids(type: string): readonly number[] {
    return this.#ready(type).map(this.#workerId);
  }

  #agentPids(): readonly number[] {
    return this.#pids(AGENT).slice(-1);
  }

  #tellAgentPids(): void {
    for (const { id } of this.#ready(AGENT)) this.#tell(id, 'egg-pids', this.#pids(this.#parts.app));
  }

  #tellApps(action: string, data: unknown): void {
    for (const { id } of this.#ready(this.#parts.app)) this.#tell(id, action, data);
  }

  #tell(id: number, action: string, data: unknown): void {
    this.#relay.post(id, { action, data, from: 'master' });
  }

  #tellDebugPort({ type, pid, slot }: Instance): void {
    const { egg, supervisor } = this.#parts;
    const { start } = supervisor.desired.find(row => row.spec.type === type)?.spec ?? {};
    if (egg.agentInspect === undefined || start === undefined || start.kind === 'command' || start.inspect === undefined) return;
    const debugPort = type === AGENT ? start.inspect : start.inspect + slot;
    tellParent({ action: 'debug', to: 'parent', from: type === AGENT ? 'agent' : 'app', data: { debugPort, pid, workerId: pid } });
  }
}

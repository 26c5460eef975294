/**
 * Carries messages between the processes of an Egg application, by the IPC channel that Egg's messenger uses. What is
 * for a worker whose messenger does not exist yet, or for an agent that is down, waits.
 */
import type { Instance } from '../../model.ts';
import type { Supervisor } from '../../supervisor/supervisor.ts';
import { AGENT } from '../specs.ts';
import type { EggEnvelope } from './envelope.ts';

/** So many messages, and so many bytes of them, wait for processes that do not listen yet. */
const MOST_HELD = 10_000;
const MOST_BYTES = 64 * 1024 * 1024;
/** From so many on their size is looked at, which costs a serialization. */
const MANY = 64;

/** Whose messages are carried. */
export interface RelayParts {
  readonly supervisor: Supervisor;
  /** The process type of the app workers. */
  readonly app: string;
}

export interface RelayEvents {
  /** For the master: from a child, or from its parent process. */
  toMaster(envelope: EggEnvelope, from: Instance | undefined): void;
  toParent(message: object): void;
  warn(message: string): void;
}

export class Relay {
  readonly #supervisor: Supervisor;
  readonly #app: string;
  readonly #events: RelayEvents;
  readonly #workerId: (instance: Instance) => number;
  /** Instances whose messenger exists. */
  readonly #listening = new Set<number>();
  readonly #held = new Map<number, object[]>();
  #heldForAgent: object[] = [];
  /** What was for the workers before there were any: each of the first ones gets it. `undefined` once they serve. */
  #early: object[] | undefined = [];
  /** Pids that agents have had: a message to one that has gone is for the next. */
  readonly #agentPids = new Set<number>();
  #dropped = 0;
  /** Of all that waits since nothing did. */
  #heldBytes = 0;

  /** `workerId`: by what Egg knows an instance. */
  constructor({ supervisor, app }: RelayParts, workerId: (instance: Instance) => number, events: RelayEvents) {
    this.#supervisor = supervisor;
    this.#app = app;
    this.#workerId = workerId;
    this.#events = events;
    supervisor.on('change', ({ id, type, pid, state }) => {
      if (type === AGENT && pid !== 0) this.#agentPids.add(pid);
      if (type === AGENT && state === 'starting') this.#agentIsBack(id);
      if (type === app && state === 'starting') for (const message of this.#early ?? []) this.post(id, message);
      if (state === 'gone') this.#forget(id);
    });
  }

  /** The messenger of a process exists from now on. */
  listens(id: number): void {
    this.#listening.add(id);
    for (const message of this.#held.get(id) ?? []) this.#send(id, message);
    this.#held.delete(id);
    this.#measure();
  }

  /** Every worker serves. */
  everyoneReady(): void {
    this.#early = undefined;
    this.#measure();
  }

  /** Hands a message to whoever it is for. */
  carry(envelope: EggEnvelope, from: Instance | undefined): void {
    const { to, message } = envelope;
    if (to === 'master') return this.#events.toMaster(envelope, from);
    if (to === 'parent') return this.#events.toParent(message);
    if (to === 'app') {
      if (this.#early !== undefined) this.#keep(this.#early, message);
      for (const { id } of this.#serving(this.#app)) this.post(id, message);
      return;
    }
    if (to === 'agent') return this.#toAgent(message);
    const all = this.#supervisor.instances();
    const receiver = all.find(instance => String(this.#workerId(instance)) === to) ?? all.find(({ pid }) => String(pid) === to);
    // Whoever is there comes first: a pid is used again, and the number of a thread may be anybody's.
    if (receiver !== undefined) this.post(receiver.id, message);
    else if (to === String(process.pid)) this.#events.toMaster(envelope, from);
    else if (this.#agentPids.has(Number(to))) this.#toAgent(message);
  }

  /** Sends to one instance, or keeps the message until that one listens. */
  post(id: number, message: object): void {
    if (this.#listening.has(id)) return this.#send(id, message);
    const held = this.#held.get(id) ?? [];
    this.#held.set(id, held);
    this.#keep(held, message);
  }

  /** Instances of a type that take messages: one that drains has said goodbye. */
  #serving(type: string): readonly Instance[] {
    return this.#supervisor.instances().filter(instance => instance.type === type && instance.state !== 'draining');
  }

  #toAgent(message: object): void {
    const agent = this.#serving(AGENT).at(-1);
    if (agent === undefined) this.#keep(this.#heldForAgent, message);
    else this.post(agent.id, message);
  }

  #agentIsBack(id: number): void {
    const held = this.#heldForAgent;
    this.#heldForAgent = [];
    for (const message of held) this.post(id, message);
  }

  #keep(held: object[], message: object): void {
    const bytes = held.length < MANY ? 0 : JSON.stringify(message).length;
    if (held.length < MOST_HELD && this.#heldBytes + bytes <= MOST_BYTES) {
      this.#heldBytes += bytes;
      return void held.push(message);
    }
    this.#dropped++;
    if (this.#dropped === 1)
      this.#events.warn(`too much waits for processes that do not listen yet (${MOST_HELD} messages or ${MOST_BYTES} bytes); what comes now is dropped`);
  }

  #send(id: number, message: object): void {
    this.#supervisor.childOf(id)?.sendPlain(message);
  }

  #forget(id: number): void {
    this.#listening.delete(id);
    this.#held.delete(id);
    this.#measure();
  }

  #measure(): void {
    if (this.#held.size === 0 && this.#heldForAgent.length === 0 && (this.#early ?? []).length === 0) this.#heldBytes = 0;
  }
}

/** What probes say of the instances, and what becomes of these. */
import type { EventEmitter } from 'node:events';
import type { ChildEvent } from '../child/child.ts';
import type { Probe, ProbeName } from '../care.ts';
import type { Instance } from '../model.ts';
import { isGated } from '../policy/probe.ts';
import type { Consequence, ProbeResult } from '../policy/probe.ts';
import type { SupervisorEvents } from './events.ts';
import type { Happening } from './hear.ts';
import { Probing } from './probing.ts';
import type { Living } from './record.ts';
import type { World } from './world.ts';

export interface HealthHands {
  readonly events: EventEmitter<SupervisorEvents>;
  happened(happening: Happening & { readonly id: number }): void;
  /** The rule is to look again. */
  changed(): void;
  isCanary(instance: Instance): boolean;
}

/** A question that a child has not answered. */
interface Open {
  readonly id: number;
  readonly answered: (result: ProbeResult) => void;
}

const without = ({ unready: _unready, ...instance }: Instance): Instance => instance;

export class Health {
  readonly #world: World;
  readonly #hands: HealthHands;
  readonly #open = new Map<number, Open>();
  #lastSeq = 0;

  constructor(world: World, hands: HealthHands) {
    this.#world = world;
    this.#hands = hands;
  }

  /** Takes the answers of children, and holds back the word of one that is ready when its probes are; false for any other event. */
  hear(living: Living, event: ChildEvent): boolean {
    if (event.type === 'probed') {
      const open = this.#open.get(event.seq);
      // A late answer is nobody's any more.
      if (open?.id === living.instance.id) open.answered({ ok: event.ok, detail: event.detail });
      return true;
    }
    if (event.type !== 'ready' || !isGated(living.spec.probes)) return false;
    living.address = event.address;
    this.begin(living);
    return true;
  }

  /** Whether what runs has to be probed before it is ready; then that begins. */
  gates(living: Living): boolean {
    if (!isGated(living.spec.probes)) return false;
    this.begin(living);
    return true;
  }

  begin(living: Living): void {
    const { spec, instance } = living;
    if (spec.probes === undefined || living.probing !== undefined) return;
    living.probing = new Probing(spec.probes, instance.started, this.#world, {
      ask: (name, probe, answered) => this.#ask(living, name, probe, answered),
      isReady: () => living.instance.state === 'ready',
      failed: (name, { detail }) => {
        living.probe = `the ${name} probe: ${detail}`;
        // Named when it is not ready in time.
        if (living.instance.state === 'starting') living.step = living.probe;
      },
      follows: (consequence, name, result) => this.#follow(living, consequence, name, result),
    });
    living.probing.run();
  }

  end(living: Living): void {
    living.probing?.end();
  }

  #ask({ instance, child, spec }: Living, name: ProbeName, { check, timeout }: Probe, answered: (result: ProbeResult) => void): () => void {
    if (check.kind === 'exec' || spec.start.kind === 'command') {
      if (check.kind !== 'message') return this.#world.check({ check, spec, slot: instance.slot, pid: instance.pid, port: instance.port, timeout }, answered);
      answered({ ok: false, detail: 'a command has no channel to be asked on' });
      return () => {};
    }
    const seq = ++this.#lastSeq;
    this.#open.set(seq, { id: instance.id, answered });
    const withdraw = (): void => void this.#open.delete(seq);
    if (child?.send({ kind: 'probe', seq, which: name, check, timeout }) !== true) {
      withdraw();
      answered({ ok: false, detail: 'its channel is closed' });
    }
    return withdraw;
  }

  #follow(living: Living, consequence: Consequence, name: ProbeName, { ok, detail }: ProbeResult): void {
    const { events } = this.#hands;
    const { id } = living.instance;
    if (consequence === 'ready') {
      if (!ok) events.emit('unproven', living.instance, detail);
      return this.#hands.happened({ id, event: 'ready' });
    }
    if (consequence === 'end') return this.#hands.happened({ id, event: 'timeout', reason: name });
    // Everything depends on it, and it cannot serve.
    if (consequence === 'unready' && this.#hands.isCanary(living.instance)) return this.#hands.happened({ id, event: 'stop', reason: name, fault: true });
    living.instance = consequence === 'unready' ? { ...living.instance, unready: true } : without(living.instance);
    events.emit('readiness', living.instance, consequence !== 'unready', detail);
    this.#hands.changed();
  }
}

/** Which instance somebody wants to be attached to, and that it is no other's: one at a time. */
import { relative } from 'node:path';
import type { Conversation } from '../child/child.ts';
import type { Ground } from '../cluster/launch.ts';
import { BroodError } from '../errors.ts';
import { ROUTER } from '../formation/router-spec.ts';
import type { Instance } from '../model.ts';
import { typeOfName } from '../policy/log-line.ts';
import { instanceName } from '../supervisor/names.ts';
import { isNamedBy, matchIn } from './match-target.ts';
import type { Plan } from './plan.ts';
import { talk } from './talk.ts';
import type { Talk } from './talk.ts';
import type { Wire } from './wire.ts';

type Stage = Pick<Ground, 'crew' | 'supervisor'>;

/** The instances that `target` names, of each name the newest: an old one that drains is nobody's choice. */
function meant({ crew, supervisor }: Stage, target: string): readonly Instance[] {
  const alive = supervisor.instances().filter(({ state }) => state !== 'gone');
  const type = typeOfName(target);
  // A place of a type that is stopped is no mistake of writing.
  if (type !== target && crew.types.includes(type) && !alive.some(one => one.type === type)) throw new BroodError('BROOD_ATTACH_NOBODY', { target, type });
  const { types, slots } = matchIn({ crew, supervisor }, [target]);
  const wholes = types.filter(one => one !== ROUTER || target === ROUTER);
  const found = alive.filter(isNamedBy({ types: wholes, slots }));
  const newest = new Map(found.toSorted((one, other) => one.id - other.id).map(instance => [instanceName(instance), instance]));
  if (newest.size === 0) throw new BroodError('BROOD_ATTACH_NOBODY', { target, type: wholes[0] ?? type });
  return [...newest.values()];
}

function noInput({ loaded, formation, settings }: Plan, { type, ...instance }: Instance): BroodError {
  const path = loaded?.path;
  const file = path === undefined ? 'the configuration' : relative(settings.baseDir, path);
  const remedy =
    formation === undefined
      ? `Add it to the process type, then: brood reload ${type}`
      : `${file} has no key for it: a brood.config.yaml has, and brood run ${type} runs one by itself at this terminal.`;
  return new BroodError('BROOD_ATTACH_STDIN', { name: instanceName({ type, ...instance }), type, file, remedy });
}

/** @throws BROOD_ATTACH_KIND, BROOD_ATTACH_STDIN */
function conversationWith({ supervisor }: Stage, plan: Plan, instance: Instance): Conversation {
  const conversation = supervisor.childOf(instance.id)?.conversation;
  if (conversation !== undefined) return conversation;
  const kind = supervisor.desired.find(({ spec }) => spec.type === instance.type)?.spec.start.kind;
  if (kind !== 'command' || instance.type === ROUTER) throw new BroodError('BROOD_ATTACH_KIND', { name: instanceName(instance) });
  throw noInput(plan, instance);
}

export class Attachments {
  /** By the number of the instance. */
  readonly #held = new Map<number, Talk>();

  /**
   * Attaches a client to the instance that `target` names; resolves when one of the two has gone.
   *
   * @throws BROOD_TARGET_UNKNOWN, BROOD_ATTACH_NOBODY, BROOD_ATTACH_KIND, BROOD_ATTACH_STDIN, BROOD_ATTACH_SEVERAL, BROOD_ATTACH_BUSY with nothing begun
   */
  async attach(stage: Stage, plan: Plan, { target, accept, signal }: AttachOrder): Promise<void> {
    const [instance, ...others] = meant(stage, target);
    if (instance === undefined) throw new BroodError('BROOD_ATTACH_NOBODY', { target, type: typeOfName(target) });
    const name = instanceName(instance);
    const conversation = conversationWith(stage, plan, instance);
    if (others.length > 0) throw new BroodError('BROOD_ATTACH_SEVERAL', { target, names: [instance, ...others].map(instanceName).join(', '), first: name });
    const before = this.#held.get(instance.id);
    // Whoever is kept from reading does not see that its client has gone, and would hold the instance for ever.
    if (before?.isStuck() === true) before.end();
    else if (before !== undefined) throw new BroodError('BROOD_ATTACH_BUSY', { name });
    const wire = accept({ 'brood-instance': name, 'brood-pid': String(instance.pid) });
    const talking = talk(conversation, wire, signal);
    this.#held.set(instance.id, talking);
    const died = ({ id }: { readonly id: number }): void => {
      if (id === instance.id) talking.end();
    };
    stage.supervisor.on('death', died);
    await talking.ended;
    stage.supervisor.off('death', died);
    if (this.#held.get(instance.id) === talking) this.#held.delete(instance.id);
  }
}

export interface AttachOrder {
  readonly target: string;
  /** Makes bytes both ways of the connection; the headers tell what it is attached to. */
  readonly accept: (headers: Readonly<Record<string, string>>) => Wire;
  /** The master ends. */
  readonly signal: AbortSignal;
}

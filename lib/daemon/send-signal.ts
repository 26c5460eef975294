/** A signal for the instances that somebody names: the master sends it, for it knows who is who. What ends by it is replaced as after any other end. */
import { constants } from 'node:os';
import type { Ground } from '../cluster/launch.ts';
import { BroodError } from '../errors.ts';
import { ROUTER } from '../formation/router-spec.ts';
import type { Instance } from '../model.ts';
import { signalOf } from '../policy/signal-name.ts';
import { instanceName } from '../supervisor/names.ts';
import { API_VERSION } from './api.ts';
import type { Signalled } from './api.ts';
import { matchIn } from './match-target.ts';

export interface SignalOrder {
  /** `USR2`, `SIGUSR2` or its number. */
  readonly signal: string;
  readonly targets: readonly string[];
}

type Stage = Pick<Ground, 'crew' | 'supervisor'>;

function named(word: string): NodeJS.Signals {
  const found = signalOf(word, constants.signals);
  if (found.kind === 'signal') return found.name;
  throw new BroodError('BROOD_SIGNAL_UNKNOWN', {
    signal: word,
    suggestion: found.near === undefined ? 'Name one as kill -l does: HUP, USR1, USR2, TERM; or its number.' : `Did you mean "${found.near}"?`,
  });
}

/** The balancer of an entry is ours: it gets what is sent to it by its name, and nothing that is for all. */
function addressed({ crew, supervisor }: Stage, targets: readonly string[]): readonly Instance[] {
  const { types, slots } = matchIn({ crew, supervisor }, targets);
  const wholes = new Set(types.filter(type => type !== ROUTER || targets.includes(ROUTER)));
  return supervisor.instances().filter(({ type, slot }) => wholes.has(type) || slots.some(one => one.type === type && one.slot === slot));
}

/** Whether it has got it: who has ended a moment ago has not. @throws BROOD_SIGNAL_DENIED */
function reaches({ supervisor }: Stage, instance: Instance, name: NodeJS.Signals): boolean {
  const child = supervisor.childOf(instance.id);
  if (child?.signal === undefined || instance.pid === 0) return false;
  try {
    child.signal(name);
    return true;
  } catch (error) {
    if (Reflect.get(Object(error), 'code') === 'ESRCH') return false;
    const reason = error instanceof Error ? error.message : String(error);
    throw new BroodError('BROOD_SIGNAL_DENIED', { signal: name, name: instanceName(instance), pid: instance.pid, reason }, { cause: error });
  }
}

/** @throws BROOD_SIGNAL_UNKNOWN, BROOD_TARGET_UNKNOWN, BROOD_SIGNAL_THREAD with nothing sent, BROOD_SIGNAL_NOBODY, BROOD_SIGNAL_DENIED */
export function sendSignal(stage: Stage, { signal, targets }: SignalOrder): Signalled {
  const name = named(signal);
  const meant = addressed(stage, targets);
  const isThread = ({ type }: Instance): boolean => stage.supervisor.desired.some(({ spec }) => spec.type === type && spec.start.kind === 'thread');
  const thread = meant.find(isThread);
  if (thread !== undefined) throw new BroodError('BROOD_SIGNAL_THREAD', { name: instanceName(thread), signal: name, pid: thread.pid });
  const items = meant.filter(instance => reaches(stage, instance, name)).map(instance => ({ name: instanceName(instance), pid: instance.pid }));
  if (items.length === 0) throw new BroodError('BROOD_SIGNAL_NOBODY', { targets: targets.join(', ') });
  return { apiVersion: API_VERSION, kind: 'Signalled', signal: name, items };
}

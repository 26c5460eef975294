/** A signal for the instances that somebody names: the master sends it, for it knows who is who. What ends by it is replaced as after any other end. */
import { constants } from 'node:os';
import { ProcessTable } from '../child/process-table.ts';
import type { Ground } from '../cluster/launch.ts';
import { BroodError } from '../errors.ts';
import { ROUTER } from '../formation/router-spec.ts';
import type { Instance } from '../model.ts';
import { isForAll, signalOf } from '../policy/signal-name.ts';
import type { Matched } from '../policy/target.ts';
import { instanceName } from '../supervisor/names.ts';
import { API_VERSION } from './api.ts';
import type { Signalled } from './api.ts';
import { isNamedBy, matchIn, placesIn } from './match-target.ts';

export interface SignalOrder {
  /** `USR2`, `SIGUSR2` or its number. */
  readonly signal: string;
  readonly targets: readonly string[];
}

type Stage = Pick<Ground, 'crew' | 'supervisor'>;

function signalNamed(word: string): NodeJS.Signals {
  const found = signalOf(word, constants.signals);
  if (found.kind === 'signal') return found.name;
  throw new BroodError('BROOD_SIGNAL_UNKNOWN', {
    signal: word,
    suggestion: found.near === undefined ? 'Name one as kill -l does: HUP, USR1, USR2, TERM; or its number.' : `Did you mean "${found.near}"?`,
  });
}

/** The balancer of an entry is ours: it gets what is sent to it by its name, and nothing that is for all, or for what looks alike. */
function addressed(stage: Stage, targets: readonly string[]): Addressed {
  const { supervisor } = stage;
  const named = matchIn(stage, targets, placesIn(stage));
  const matched = supervisor.instances().filter(isNamedBy(named));
  const isMeant = (instance: Instance): boolean => instance.type !== ROUTER || targets.includes(ROUTER) || targets.includes(instanceName(instance));
  const meant = matched.filter(isMeant);
  return { named, meant, isRouterLeftOut: meant.length < matched.length };
}

interface Addressed {
  readonly named: Matched;
  readonly meant: readonly Instance[];
  readonly isRouterLeftOut: boolean;
}

/** It has no handler yet, as far as anybody knows, and would end by what a handler is for. A spare has booted, and a handler is part of that. */
const isEarly = ({ state }: Instance, name: NodeJS.Signals): boolean => state === 'starting' && !isForAll(name);

interface Sent {
  readonly reached: readonly Instance[];
  readonly denied: readonly { readonly instance: Instance; readonly error: unknown }[];
}

/** Goes through all, whatever comes of one; who has ended a moment ago has not got it, and is nobody's fault. */
function sendToEach({ supervisor }: Stage, instances: readonly Instance[], name: NodeJS.Signals): Sent {
  const table = new ProcessTable();
  const reached: Instance[] = [];
  const denied: { instance: Instance; error: unknown }[] = [];
  for (const instance of instances) {
    const child = supervisor.childOf(instance.id);
    if (child?.signal === undefined || instance.pid === 0) continue;
    try {
      child.signal(name, table);
      reached.push(instance);
    } catch (error) {
      if (Reflect.get(Object(error), 'code') !== 'ESRCH') denied.push({ instance, error });
    }
  }
  return { reached, denied };
}

const listed = (instances: readonly Instance[]): string => instances.map(instance => `${instanceName(instance)} (pid ${instance.pid})`).join(', ');

function deniedError(name: NodeJS.Signals, { reached, denied }: Sent): BroodError {
  const cause = denied[0]?.error;
  return new BroodError(
    'BROOD_SIGNAL_DENIED',
    {
      signal: name,
      denied: listed(denied.map(({ instance }) => instance)),
      reason: cause instanceof Error ? cause.message : String(cause),
      others: reached.length === 0 ? 'nobody has got it' : `${listed(reached)} ${reached.length === 1 ? 'has' : 'have'} got it`,
    },
    { cause },
  );
}

/** Why there is nobody, of a type or of one place of it. */
function absenceOf(supervisor: Stage['supervisor'], type: string, slot?: number): string {
  const name = slot === undefined ? type : instanceName({ type, slot });
  const row = supervisor.desired.find(({ spec }) => spec.type === type);
  if (row === undefined || row.quantity === 0) return `${name} is not wanted now`;
  const { completed } = supervisor.ledgerOf(type, row.generation);
  const hasEnded = slot === undefined ? completed.length >= row.quantity : completed.includes(slot);
  return hasEnded ? `${name} has ended, and is not started again` : `${name} waits for its next start`;
}

function nobodyError({ supervisor }: Stage, { signal, targets }: SignalOrder, early: readonly string[], { named, isRouterLeftOut }: Addressed): BroodError {
  const because = (reason: string, suggestion: string): BroodError => new BroodError('BROOD_SIGNAL_NOBODY', { signal, reason, suggestion });
  const words = targets.join(', ');
  if (early.length > 0) {
    return because(`${early.join(', ')} ${early.length === 1 ? 'is' : 'are'} starting, and may have no handler yet`, 'Send it when they are ready: brood wait');
  }
  if (isRouterLeftOut) return because(`of ${words} only the balancer runs now`, `It gets one only by its own name: brood signal ${signal} ${ROUTER}`);
  const absences = [...named.types.map(type => absenceOf(supervisor, type)), ...named.slots.map(({ type, slot }) => absenceOf(supervisor, type, slot))];
  return because(absences.join('; '), 'See what runs: brood ps');
}

/** @throws BROOD_CONTROL_REQUEST, BROOD_SIGNAL_UNKNOWN, BROOD_TARGET_UNKNOWN, BROOD_SIGNAL_THREAD with nothing sent, BROOD_SIGNAL_NOBODY, BROOD_SIGNAL_DENIED */
export function sendSignal(stage: Stage, { signal, targets }: SignalOrder): Signalled {
  if (targets.length === 0) throw new BroodError('BROOD_CONTROL_REQUEST', { reason: '"targets" names nothing' });
  const name = signalNamed(signal);
  const found = addressed(stage, targets);
  const isThread = ({ type }: Instance): boolean => stage.supervisor.desired.some(({ spec }) => spec.type === type && spec.start.kind === 'thread');
  const thread = found.meant.find(isThread);
  if (thread !== undefined) throw new BroodError('BROOD_SIGNAL_THREAD', { name: instanceName(thread), signal: name, pid: thread.pid });
  const skipped = found.meant.filter(instance => isEarly(instance, name)).map(instanceName);
  const sent = sendToEach(
    stage,
    found.meant.filter(instance => !isEarly(instance, name)),
    name,
  );
  if (sent.denied.length > 0) throw deniedError(name, sent);
  if (sent.reached.length === 0) throw nobodyError(stage, { signal: name, targets }, skipped, found);
  const items = sent.reached.map(instance => ({ name: instanceName(instance), pid: instance.pid }));
  return { apiVersion: API_VERSION, kind: 'Signalled', signal: name, items, skipped };
}

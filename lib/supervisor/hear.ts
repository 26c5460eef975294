/** What a child's report means for its life, and what of it is kept. */
import type { EventEmitter } from 'node:events';
import type { ChildEvent } from '../child/child.ts';
import type { Instance } from '../model.ts';
import type { SupervisorEvents } from './events.ts';
import type { Cause, Living } from './record.ts';

type Exit = Extract<ChildEvent, { type: 'exit' }>;

/** Something that goes through the lifecycle table. */
/** So many messages that no child of ours sends end an instance. */
export const MOST_VIOLATIONS = 3;

export interface Happening extends Cause {
  readonly exit?: Exit;
}

const broken = (what: string): ChildEvent => ({ type: 'violation', what, fatal: false });

/** `event`, or the violation it is: only a child that was told to park may park, and it serves when it is told to. */
export function checked({ instance }: Living, event: ChildEvent): ChildEvent {
  if (event.type === 'booted' && instance.slot !== 0) return broken('parked without being told to');
  if (event.type === 'wants-to-leave' && instance.readyAt === undefined) return broken('wants to leave before it serves');
  if (event.type === 'ready' && instance.slot === 0) return broken('ready while it was to be parked');
  return event;
}

/** What happens to the life of `living` because of `event`; `undefined` when nothing does. */
export function happeningOf(living: Living, event: ChildEvent): Happening | undefined {
  switch (event.type) {
    case 'booted':
      return { event: 'booted' };
    case 'ready':
      living.address = event.address;
      return { event: 'ready' };
    case 'leaving':
      living.error ??= event.error;
      return { event: 'leaving', reason: event.reason };
    case 'exit':
      return { event: 'exit', exit: event };
    case 'step':
      living.step = event.step;
      return undefined;
    case 'hang':
      living.hang = event.report;
      return undefined;
    case 'failed':
      living.error = event.error;
      return undefined;
    case 'control':
    case 'plain':
    case 'violation':
    case 'pong':
    case 'wants-to-leave':
    case 'probed':
      return undefined;
  }
}

/** Tells others what is none of the supervisor's own business. */
export function passOn(listeners: EventEmitter<SupervisorEvents>, instance: Instance, event: ChildEvent): void {
  if (event.type === 'control') listeners.emit('control', instance, event.message);
  else if (event.type === 'plain') listeners.emit('plain', instance, event.message);
  else if (event.type === 'hang') listeners.emit('hang', instance, event.report);
}

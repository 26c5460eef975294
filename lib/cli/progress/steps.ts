/** Where a change stands, instance by instance, from what the master tells: one line for each name. Pure. */
import type { ControlEvent, DeathStatus, InstanceStatus } from '../../daemon/api.ts';
import { isPlanned } from '../../policy/restart.ts';
import { causeOf, ending } from '../render/ending.ts';
import { took } from '../render/units.ts';

export type Mark = 'open' | 'done' | 'failed';

export interface Line {
  readonly mark: Mark;
  readonly text: string;
}

/** What happens under one name: one comes, or one goes, or one after the other. */
interface Step {
  coming?: { readonly id: number; readonly began: number; readyAfter?: number };
  leaving?: { readonly id: number; readonly since: number; goneAfter?: number; killed?: boolean };
  /** It has done its work. */
  completedAfter?: number;
  failures: number;
  failure?: string;
}

function comingText({ began, readyAfter }: NonNullable<Step['coming']>, now: number): string {
  return readyAfter === undefined ? `starting ${took(Math.max(0, now - began))}` : `ready ${took(readyAfter)}`;
}

function leavingText({ since, goneAfter, killed }: NonNullable<Step['leaving']>, now: number): string {
  if (goneAfter === undefined) return `draining ${took(Math.max(0, now - since))}`;
  return `${killed === true ? 'killed after' : 'drained'} ${took(goneAfter)}`;
}

const completedText = (after: number): string => `completed ${took(after)}`;

const failureText = ({ failure = '', failures }: Step): string => `${failure}${failures > 1 ? ` (${failures} times)` : ''}`;

function markOf({ coming, leaving, failure }: Step): Mark {
  if (failure !== undefined && coming === undefined) return 'failed';
  const isOpen = (coming !== undefined && coming.readyAfter === undefined) || (leaving !== undefined && leaving.goneAfter === undefined);
  return isOpen ? 'open' : 'done';
}

function lineOf(name: string, step: Step, now: number): Line {
  const { coming, leaving, completedAfter, failure } = step;
  const parts = [
    ...(failure === undefined ? [] : [failureText(step)]),
    ...(completedAfter === undefined ? [] : [completedText(completedAfter)]),
    ...(coming === undefined ? [] : [comingText(coming, now)]),
    ...(leaving === undefined ? [] : [`${coming === undefined ? '' : 'old '}${leavingText(leaving, now)}`]),
  ];
  return { mark: markOf(step), text: `${name} ${parts.join(', ')}` };
}

export class Steps {
  readonly #steps = new Map<string, Step>();

  /** Takes an event; the result is what it completes, each a line of its own. `now`: milliseconds since the epoch. */
  note(event: ControlEvent, now: number): readonly Line[] {
    if (event.kind === 'instance') return this.#change(event.instance, now);
    return event.kind === 'death' ? this.#end(event.death) : [];
  }

  /** In the order in which the names were heard of. */
  lines(now: number): readonly Line[] {
    return [...this.#steps].map(([name, step]) => lineOf(name, step, now));
  }

  #of(name: string): Step {
    const step = this.#steps.get(name) ?? { failures: 0 };
    this.#steps.set(name, step);
    return step;
  }

  #change({ name, id, state, started, since }: InstanceStatus, now: number): readonly Line[] {
    const known = this.#steps.get(name);
    switch (state) {
      case 'starting': {
        const step = this.#of(name);
        step.coming = { id, began: Date.parse(started) };
        delete step.completedAfter;
        return [];
      }
      case 'draining': {
        const step = this.#of(name);
        // What has just come goes again: the change is taken back.
        if (step.coming?.id === id) delete step.coming;
        if (step.leaving?.id !== id) step.leaving = { id, since: Date.parse(since) };
        return [];
      }
      case 'ready': {
        // One that was ready before is none of ours.
        if (known?.coming?.id !== id || known.coming.readyAfter !== undefined) return [];
        known.coming.readyAfter = Math.max(0, Date.parse(since) - Date.parse(started));
        delete known.failure;
        return [{ mark: 'done', text: `${name} ${comingText(known.coming, now)}` }];
      }
      default: {
        return [];
      }
    }
  }

  #end(death: DeathStatus): readonly Line[] {
    const { name, id, at, signal } = death;
    const step = this.#of(name);
    if (step.leaving?.id === id) {
      step.leaving.goneAfter = Math.max(0, Date.parse(at) - step.leaving.since);
      step.leaving.killed = signal === 'SIGKILL';
      return [{ mark: 'done', text: `${name} ${step.coming === undefined ? '' : 'old '}${leavingText(step.leaving, 0)}` }];
    }
    if (step.coming?.id === id) delete step.coming;
    if (death.completed === true) {
      delete step.failure;
      step.completedAfter = death.uptime;
      return [{ mark: 'done', text: `${name} ${completedText(death.uptime)}` }];
    }
    if (isPlanned(death.reason)) {
      if (step.coming === undefined && step.leaving === undefined) this.#steps.delete(name);
      return [];
    }
    const cause = causeOf(death);
    const failure = `${ending(death)} after ${took(death.uptime)}${death.served ? '' : ', before it was ready'}${cause === undefined ? '' : `: ${cause}`}`;
    step.failures++;
    const isNew = step.failure === undefined || step.failures === 1;
    step.failure = failure;
    return isNew ? [{ mark: 'failed', text: `${name} ${failure}` }] : [];
  }
}

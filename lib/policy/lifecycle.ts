/** The life of an instance as a table: for each state and event, the next state and what to do. */
import type { State } from '../model.ts';

export type LifeEvent =
  /** The child has booted its application and is parked. */
  | 'booted'
  /** A spare is given a slot. */
  | 'promote'
  /** The child serves. */
  | 'ready'
  /** The child's own word: it takes nothing new and goes. */
  | 'leaving'
  /** It is no longer wanted. */
  | 'stop'
  /** It is no longer wanted and has no time left. */
  | 'hurry'
  /** The timer that the last transition has armed ran out, or its heart stopped. */
  | 'timeout'
  /** The process has ended. */
  | 'exit';

export type Effect =
  /** Timer: startTimeout. */
  | 'arm-start'
  /** Timer: killTimeout; there is no work to drain yet. */
  | 'arm-stop'
  /** Timer: drainTimeout + killTimeout. */
  | 'arm-drain'
  /** Timer: the short time that a killed or hurried process has left. */
  | 'arm-kill'
  | 'disarm'
  /** Tell a parked child to serve. */
  | 'serve'
  /** Ask the child to drain. */
  | 'ask'
  /** Ask the child to end now. */
  | 'ask-now'
  /** SIGKILL, to the group where it has one. */
  | 'kill'
  /** Write the record of its death. */
  | 'bury';

export interface Transition {
  readonly to: State;
  readonly effects: readonly Effect[];
}

const to = (state: State, ...effects: Effect[]): Transition => ({ to: state, effects });

/** What is not in the table is no event of that state and changes nothing. */
export const LIFECYCLE: Readonly<Record<State, Partial<Record<LifeEvent, Transition>>>> = {
  starting: {
    booted: to('spare', 'disarm'),
    ready: to('ready', 'disarm'),
    leaving: to('draining', 'arm-drain'),
    stop: to('draining', 'ask', 'arm-stop'),
    hurry: to('draining', 'ask-now', 'arm-kill'),
    timeout: to('draining', 'kill', 'arm-kill'),
    exit: to('gone', 'disarm', 'bury'),
  },
  spare: {
    promote: to('starting', 'serve', 'arm-start'),
    leaving: to('draining', 'arm-drain'),
    stop: to('draining', 'ask', 'arm-drain'),
    hurry: to('draining', 'ask-now', 'arm-kill'),
    timeout: to('draining', 'kill', 'arm-kill'),
    exit: to('gone', 'disarm', 'bury'),
  },
  ready: {
    leaving: to('draining', 'arm-drain'),
    stop: to('draining', 'ask', 'arm-drain'),
    hurry: to('draining', 'ask-now', 'arm-kill'),
    timeout: to('draining', 'kill', 'arm-kill'),
    exit: to('gone', 'disarm', 'bury'),
  },
  draining: {
    hurry: to('draining', 'ask-now', 'arm-kill'),
    timeout: to('draining', 'kill', 'arm-kill'),
    exit: to('gone', 'disarm', 'bury'),
  },
  gone: {},
};

/** The transition for `event` in `state`, or `undefined` when the event means nothing there. */
export const transition = (state: State, event: LifeEvent): Transition | undefined => LIFECYCLE[state][event];

/** What the lifecycle table orders, done to a child. */
import type { Effect } from '../policy/lifecycle.ts';
import type { Living } from './record.ts';

/** Milliseconds that a killed or hurried process has before it is killed again. */
const KILL_AGAIN = 1000;

export interface Hands {
  arm(living: Living, milliseconds: number): void;
  bury(): unknown;
}

export function carryOut(effect: Effect, living: Living, hands: Hands): void {
  const { instance, spec, child } = living;
  switch (effect) {
    case 'arm-start':
      return hands.arm(living, spec.startTimeout);
    case 'arm-stop':
      return hands.arm(living, spec.stop.killTimeout);
    case 'arm-drain':
      return hands.arm(living, spec.stop.drainTimeout + spec.stop.killTimeout);
    case 'arm-kill':
      return hands.arm(living, KILL_AGAIN);
    case 'disarm':
      living.disarm?.();
      living.disarm = undefined;
      return;
    case 'serve':
      return child?.serve(instance.slot);
    case 'ask':
      return child?.ask(false, instance.reason ?? 'stop');
    case 'ask-now':
      return child?.ask(true, instance.reason ?? 'stop');
    case 'kill':
      return child?.kill();
    case 'bury':
      hands.bury();
      return;
  }
}

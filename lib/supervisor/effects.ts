/** What the lifecycle table orders, done to a child. */
import type { Effect } from '../policy/lifecycle.ts';
import type { Living } from './record.ts';
import type { World } from './world.ts';

/** Milliseconds that a killed or hurried process has before it is killed again. */
const KILL_AGAIN = 1000;

export interface Hands {
  arm(living: Living, milliseconds: number): void;
  readonly world: Pick<World, 'now' | 'setTimer'>;
  bury(): unknown;
}

/** One that is asked later may have ended by then, which its child bears, or have been asked to be quick, which counts. */
function ask(living: Living, hands: Hands): void {
  const { instance, spec, child } = living;
  // Of one that has not served nobody has heard.
  const notice = instance.readyAt === undefined ? 0 : (spec.stop.notice ?? 0);
  const word = (): void => child?.ask(false, instance.reason ?? 'stop');
  // Its pid may be somebody else's when it has ended meanwhile.
  if (notice > 0) hands.world.setTimer(notice, () => living.instance.state !== 'gone' && word());
  else word();
}

/** One timer for each: the new one takes the place of the one before. */
export function arm(living: Living, milliseconds: number, world: Pick<World, 'now' | 'setTimer'>, fired: () => void): void {
  living.timer?.cancel();
  const cancel = world.setTimer(milliseconds, () => {
    living.timer = undefined;
    fired();
  });
  living.timer = { due: world.now() + milliseconds, cancel };
}

/** Whether the timer that is armed fires no later than one that kills. */
const isSoon = ({ timer }: Living, now: number): boolean => timer !== undefined && timer.due <= now + KILL_AGAIN;

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
      // Who is told to hurry again and again does not gain time by it.
      if (isSoon(living, hands.world.now())) return;
      return hands.arm(living, KILL_AGAIN);
    case 'disarm':
      living.timer?.cancel();
      living.timer = undefined;
      return;
    case 'serve':
      return child?.serve(instance.slot);
    case 'ask':
      return ask(living, hands);
    case 'ask-now':
      return child?.ask(true, instance.reason ?? 'stop');
    case 'kill':
      return child?.kill();
    case 'bury':
      hands.bury();
      return;
  }
}

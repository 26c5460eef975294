/** Finds instances that no longer answer: stopped, or in an endless loop. */
import type { Living } from './record.ts';
import type { World } from './world.ts';

/** So many beats make up `hangTimeout`: three answers missed, and up to one beat until the first was asked for. */
const BEATS = 4;
/** So many missed beats make an instance suspect. */
const SUSPECT_AFTER = 1;

interface Verdict {
  suspect(living: Living): void;
  dead(living: Living): void;
}

/**
 * Pings every instance that has booted four times in `hangTimeout` milliseconds. What counts is the number of
 * pings without an answer, not the clock: when this very process was stopped for a while, one beat is missed at most.
 * The result ends it.
 */
export function heartbeat(world: World, hangTimeout: number, everyone: ReadonlyMap<number, Living>, verdict: Verdict): () => void {
  const interval = hangTimeout / BEATS;
  let cancel = world.setTimer(interval, beat);
  function beat(): void {
    cancel = world.setTimer(interval, beat);
    // A map may change under its own iterator: who is killed here may be replaced here, and a new one is `starting`.
    for (const living of everyone.values()) {
      if (living.spec.ready !== 'message' || living.instance.state === 'starting') continue;
      if (living.missed >= BEATS - 1) verdict.dead(living);
      else if (living.missed === SUSPECT_AFTER) verdict.suspect(living);
      // One that has left the channel drains, and has a timer of its own.
      if (living.child?.ping() === true) living.missed++;
    }
  }
  return () => cancel();
}

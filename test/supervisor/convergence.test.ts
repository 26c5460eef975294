/** Whatever happens in whatever order, the supervisor ends with exactly the wanted instances. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Desired } from '../../lib/model.ts';
import { sequence } from './fake-world.ts';
import type { Behaviour } from './fake-world.ts';
import { deviations, faultsOf, rowOf, specOf, watch } from './watched.ts';
import type { Watched } from './watched.ts';

const short = fc.integer({ min: 0, max: 1500 });
const boots = fc.integer({ min: 0, max: 700 });
const lasts = fc.integer({ min: 0, max: 3000 });
const never = fc.constant('never' as const);
const reason = fc.constantFrom('uncaughtException', 'max-requests', 'memory', 'stop', 'parent-gone');
const end = { drains: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 4000 }), never), diesAfter: fc.constantFrom(0, 0, 0, 2500) };
const behaviour: fc.Arbitrary<Behaviour> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ boots, ...end }) },
  fc.record({ failsAfter: short, ...end }),
  fc.record({ boots, crashesAfter: lasts, code: fc.constantFrom(0, 1), ...end }),
  fc.record({ boots, leavesAfter: lasts, reason, ...end }),
  fc.record({ boots: never, leavesInBootAfter: short, reason, ...end }),
  fc.record({ boots: never, ...end }),
  fc.record({ spawnError: fc.constantFrom('soon' as const, 'at-once' as const) }),
);

type Deed =
  | { readonly do: 'scale'; readonly quantity: number }
  | { readonly do: 'spares'; readonly spare: number }
  | { readonly do: 'reload' }
  | { readonly do: 'back' }
  | { readonly do: 'crash' | 'leave' | 'kill'; readonly nth: number }
  | { readonly do: 'wait'; readonly ms: number };
const nth = fc.nat({ max: 11 });
const anyDeed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ do: fc.constant('scale' as const), quantity: fc.nat({ max: 5 }) }),
  fc.record({ do: fc.constant('spares' as const), spare: fc.nat({ max: 2 }) }),
  fc.record({ do: fc.constant('reload' as const) }),
  fc.record({ do: fc.constant('back' as const) }),
  fc.record({ do: fc.constantFrom('crash' as const, 'leave' as const, 'kill' as const), nth }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 4000 }) }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 400 }) }),
);

const given = fc.record({
  quantity: fc.integer({ min: 0, max: 4 }),
  surge: fc.nat({ max: 2 }),
  spare: fc.nat({ max: 2 }),
  booting: fc.integer({ min: 1, max: 4 }),
  intensity: fc.nat({ max: 3 }),
  period: fc.constantFrom(1000, 60_000),
  hangTimeout: fc.constantFrom(0, 400),
  seed: fc.nat(),
});

interface Course {
  readonly given: { quantity: number; surge: number; spare: number; booting: number; intensity: number; period: number; hangTimeout: number; seed: number };
  readonly behaviours: readonly Behaviour[];
  readonly deeds: readonly Deed[];
}

interface Wish {
  readonly quantity: number;
  readonly generation: number;
  readonly spare: number;
}

/** The wanted state: an agent, and web after it. */
function wanting({ surge, booting, intensity, period }: Course['given'], { quantity, generation, spare }: Wish): Desired {
  const restart = { when: 'always', intensity, period, backoff: 100, maxBackoff: 5000 } as const;
  const agent = specOf('agent', { restart });
  const web = specOf('web', { restart, surge, spare, booting, after: ['agent'] });
  return [rowOf(agent, quantity === 0 ? 0 : 1, generation), rowOf(web, quantity, generation)];
}

/** The wish after a deed; the same one when the deed is none that changes it. */
function wishAfter(wish: Wish, deed: Deed): Wish {
  switch (deed.do) {
    case 'scale':
      return { ...wish, quantity: deed.quantity };
    case 'spares':
      return { ...wish, spare: deed.spare };
    case 'reload':
      return { ...wish, generation: wish.generation + 1 };
    case 'back':
      return { ...wish, generation: Math.max(1, wish.generation - 1) };
    default:
      return wish;
  }
}

function act(watched: Watched, verb: 'crash' | 'leave' | 'kill', index: number): void {
  const { supervisor, world } = watched;
  const instances = supervisor.instances();
  const chosen = instances[index % Math.max(instances.length, 1)];
  const child = chosen === undefined ? undefined : world.children.get(chosen.id);
  if (chosen === undefined || child === undefined || child.ended) return;
  if (verb === 'crash') child.crash();
  else if (verb === 'leave') child.leave('uncaughtException');
  else supervisor.kill(chosen.id, 'hang');
}

/** Lets a course happen, looking for faults after each deed and at each moment of rest; the result is what was wanted last. */
function play(watched: Watched, { given: settings, deeds }: Course): Desired {
  const { supervisor, world } = watched;
  supervisor.on('idle', () => assert.deepEqual(faultsOf(watched), [], watched.log.join('\n')));
  let wish: Wish = { quantity: settings.quantity, generation: 1, spare: settings.spare };
  supervisor.want(wanting(settings, wish));
  for (const one of deeds) {
    if (one.do === 'wait') world.advance(one.ms);
    else if ('nth' in one) act(watched, one.do, one.nth);
    else supervisor.want(wanting(settings, (wish = wishAfter(wish, one))));
  }
  return supervisor.desired;
}

function begin({ given: { seed, hangTimeout }, behaviours }: Course): Watched {
  let started = 0;
  // When the list is used up, the world has calmed down.
  return watch(() => behaviours[started++] ?? { boots: 50 }, { random: sequence(seed), hangTimeout });
}

const course: fc.Arbitrary<Course> = fc.record({
  given,
  behaviours: fc.array(behaviour, { maxLength: 25, size: 'max' }),
  deeds: fc.array(anyDeed, { maxLength: 25, size: 'max' }),
});

describe('convergence', () => {
  it('ends with exactly the wanted instances once the world calms down, and with no orphan on the way', () => {
    fc.assert(
      fc.property(course, one => {
        const watched = begin(one);
        const desired = play(watched, one);
        watched.world.advance(600_000);
        assert.deepEqual(deviations(watched, desired), [], watched.log.join('\n'));
      }),
      { numRuns: Number(process.env['FC_RUNS'] ?? 400) },
    );
  });

  it('brings every instance to gone, whatever it was doing, and leaves no timer behind', () => {
    fc.assert(
      fc.property(course, fc.boolean(), (one, inAHurry) => {
        const watched = begin({ ...one, given: { ...one.given, hangTimeout: 0 } });
        play(watched, one);
        watched.supervisor.want(wanting(one.given, { quantity: 0, generation: 1, spare: 0 }));
        if (inAHurry) watched.supervisor.hurry();
        // The worst case: the drain of web, then of the agent, each up to its end and killed at last.
        watched.world.advance(inAHurry ? 12_000 : 20_000);
        assert.deepEqual(watched.supervisor.instances(), [], watched.log.join('\n'));
        assert.ok([...watched.world.children.values()].every(({ ended }) => ended));
        watched.world.advance(60_000);
        assert.equal(watched.world.timers, 0);
      }),
      { numRuns: Number(process.env['FC_RUNS'] ?? 400) },
    );
  });
});

/** Whatever happens in whatever order, the supervisor ends with exactly the wanted instances. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { ProbeName } from '../../lib/care.ts';
import type { Desired } from '../../lib/model.ts';
import { sequence } from './fake-world.ts';
import type { Behaviour } from './fake-world.ts';
import { deviations, faultsOf, rowOf, specOf, watch, withoutRenewal } from './watched.ts';
import type { Watched } from './watched.ts';

const short = fc.integer({ min: 0, max: 1500 });
const boots = fc.integer({ min: 0, max: 700 });
const lasts = fc.integer({ min: 0, max: 3000 });
const never = fc.constant('never' as const);
const reason = fc.constantFrom('uncaughtException', 'max-requests', 'memory', 'stop', 'parent-gone');
const illness = fc.record({
  probe: fc.constantFrom<ProbeName>('startup', 'readiness', 'liveness'),
  from: fc.integer({ min: 0, max: 3000 }),
  // Everybody gets well again in the end.
  to: fc.integer({ min: 0, max: 8000 }),
  how: fc.constantFrom('no' as const, 'silent' as const),
});
const end = { drains: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 4000 }), never), diesAfter: fc.constantFrom(0, 0, 0, 2500) };
const behaviour: fc.Arbitrary<Behaviour> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ boots, ...end }) },
  { weight: 2, arbitrary: fc.record({ boots, fails: fc.array(illness, { minLength: 1, maxLength: 2 }), ...end }) },
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
  /** With a canary that has to live for so many milliseconds. */
  | { readonly do: 'reload'; readonly canary?: number }
  | { readonly do: 'back' }
  | { readonly do: 'crash' | 'leave' | 'kill' | 'renew' | 'wish' | 'grow'; readonly nth: number }
  | { readonly do: 'wait'; readonly ms: number };
const nth = fc.nat({ max: 11 });
const anyDeed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ do: fc.constant('scale' as const), quantity: fc.nat({ max: 5 }) }),
  fc.record({ do: fc.constant('spares' as const), spare: fc.nat({ max: 2 }) }),
  fc.record({ do: fc.constant('reload' as const) }),
  fc.record({ do: fc.constant('reload' as const), canary: fc.integer({ min: 0, max: 2000 }) }),
  fc.record({ do: fc.constant('back' as const) }),
  fc.record({ do: fc.constantFrom('crash' as const, 'leave' as const, 'kill' as const), nth }),
  fc.record({ do: fc.constantFrom('renew' as const, 'renew' as const, 'wish' as const, 'grow' as const), nth }),
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
  maxAge: fc.constantFrom(undefined, undefined, 30_000),
  probed: fc.subarray<ProbeName>(['startup', 'readiness', 'liveness']),
  seed: fc.nat(),
});

interface Course {
  readonly given: {
    quantity: number;
    surge: number;
    spare: number;
    booting: number;
    intensity: number;
    period: number;
    hangTimeout: number;
    maxAge: number | undefined;
    probed: readonly ProbeName[];
    seed: number;
  };
  readonly behaviours: readonly Behaviour[];
  readonly deeds: readonly Deed[];
}

interface Wish {
  readonly quantity: number;
  readonly generation: number;
  readonly spare: number;
  readonly canary: number | undefined;
  /** The last generation that was not tried with a canary, or has stood its trial. */
  readonly proven: number;
  /** Generations come once. */
  readonly last: number;
}

/** The wanted state: an agent, and web after it. */
function wanting(
  { surge, booting, intensity, period, maxAge, probed }: Course['given'],
  { quantity, generation, spare, canary }: Omit<Wish, 'proven' | 'last'>,
): Desired {
  const restart = { when: 'always', intensity, period, backoff: 100, maxBackoff: 5000 } as const;
  const renew = { maxMemory: { soft: 1000, hard: 5000 }, ...(maxAge === undefined ? {} : { maxAge }) };
  const probe = { check: { kind: 'message' }, initialDelay: 0, period: 500, timeout: 200, successThreshold: 1, failureThreshold: 2 } as const;
  const probes = Object.fromEntries(probed.map(name => [name, probe]));
  const agent = specOf('agent', { restart, probes });
  const web = specOf('web', { restart, surge, spare, booting, renew, probes, after: ['agent'] });
  return [rowOf(agent, quantity === 0 ? 0 : 1, generation, canary), rowOf(web, quantity, generation, canary)];
}

/** The wish after a deed; the same one when the deed is none that changes it. */
function wishAfter(wish: Wish, deed: Deed): Wish {
  switch (deed.do) {
    case 'scale':
      return { ...wish, quantity: deed.quantity };
    case 'spares':
      return { ...wish, spare: deed.spare };
    case 'reload':
      return {
        ...wish,
        generation: wish.last + 1,
        canary: deed.canary,
        last: wish.last + 1,
        ...(deed.canary === undefined ? { proven: wish.last + 1 } : {}),
      };
    case 'back':
      return { ...wish, generation: wish.proven, canary: undefined };
    default:
      return wish;
  }
}

function act(watched: Watched, { do: verb, nth: index }: Extract<Deed, { readonly nth: number }>): void {
  const { supervisor, world } = watched;
  const instances = supervisor.instances();
  const chosen = instances[index % Math.max(instances.length, 1)];
  const child = chosen === undefined ? undefined : world.children.get(chosen.id);
  if (chosen === undefined || child === undefined || child.ended) return;
  if (verb === 'crash') child.crash();
  else if (verb === 'leave') child.leave('uncaughtException');
  else if (verb === 'renew') void supervisor.renew([chosen.id]);
  else if (verb === 'wish') child.say({ type: 'wants-to-leave', reason: 'max-requests' });
  else if (verb === 'grow') supervisor.observe(chosen.id, { rss: index * 1000 });
  else supervisor.kill(chosen.id, 'hang');
}

/** Lets a course happen, looking for faults after each deed and at each moment of rest. As a rollout does, it takes back what its canary did not live for. The result ends everything. */
function play(watched: Watched, { given: settings, deeds }: Course): () => void {
  const { supervisor, world } = watched;
  supervisor.on('idle', () => assert.deepEqual(faultsOf(watched), [], watched.log.join('\n')));
  let wish: Wish = { quantity: settings.quantity, generation: 1, spare: settings.spare, canary: undefined, proven: 1, last: 1 };
  const want = (next: Wish): void => supervisor.want(wanting(settings, (wish = next)));
  supervisor.on('failed', ({ why, generation }) => {
    if (why === 'canary' && generation === wish.generation) want({ ...wish, generation: wish.proven, canary: undefined });
  });
  supervisor.on('proven', (type, generation) => {
    if (type === 'web' && generation === wish.generation) wish = { ...wish, proven: generation };
  });
  want(wish);
  for (const one of deeds) {
    if (one.do === 'wait') world.advance(one.ms);
    else if ('nth' in one) act(watched, one);
    else want(wishAfter(wish, one));
  }
  return () => want({ ...wish, quantity: 0, spare: 0 });
}

/** So long instances behave as the course says; the deeds take at most 100 s of it. */
const TURMOIL = 150_000;

function begin({ given: { seed, hangTimeout }, behaviours }: Course): Watched {
  let started = 0;
  // When the list is used up, or after a while, the world has calmed down.
  const watched: Watched = watch(() => (watched.world.now() < TURMOIL ? behaviours[started++] : undefined) ?? { boots: 50 }, {
    random: sequence(seed),
    hangTimeout,
  });
  return watched;
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
        const { supervisor, world } = watched;
        play(watched, one);
        world.advance(TURMOIL + 150_000);
        // Instances grow old all the time; nobody is missed for it.
        const { quantity = 0 } = supervisor.desired.find(({ spec }) => spec.type === 'web') ?? {};
        supervisor.on('change', () => assert.ok(watched.count('ready', 'web') >= quantity, watched.log.slice(-30).join('\n')));
        world.advance(70_000);
        supervisor.want(withoutRenewal(supervisor.desired));
        world.advance(20_000);
        assert.deepEqual(deviations(watched, supervisor.desired), [], watched.log.join('\n'));
        assert.equal(supervisor.crashLoopOf('web') ?? supervisor.crashLoopOf('agent'), undefined, watched.log.join('\n'));
      }),
      { numRuns: Number(process.env['FC_RUNS'] ?? 250) },
    );
  });

  it('brings every instance to gone, whatever it was doing, and leaves no timer behind', () => {
    fc.assert(
      fc.property(course, fc.boolean(), (one, inAHurry) => {
        const watched = begin({ ...one, given: { ...one.given, hangTimeout: 0 } });
        play(watched, one)();
        if (inAHurry) watched.supervisor.hurry();
        // The worst case: the drain of web, then of the agent, each up to its end and killed at last.
        watched.world.advance(inAHurry ? 12_000 : 20_000);
        assert.deepEqual(watched.supervisor.instances(), [], watched.log.join('\n'));
        assert.ok([...watched.world.children.values()].every(({ ended }) => ended));
        watched.world.advance(60_000);
        assert.equal(watched.world.timers, 0);
      }),
      { numRuns: Number(process.env['FC_RUNS'] ?? 250) },
    );
  });
});

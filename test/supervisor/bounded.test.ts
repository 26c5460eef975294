/** Whatever falls again and again is started again, but not without bound. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { LOOP_FALLS } from '../../lib/policy/restart.ts';
import { sequence } from './fake-world.ts';
import type { Behaviour } from './fake-world.ts';
import { faultsOf, rowOf, specOf, watch } from './watched.ts';
import type { Watched } from './watched.ts';

const runs = Number(process.env['FC_RUNS'] ?? 60);
const WHILE = 900_000;
const restart = { when: 'always', intensity: 3, period: 60_000, backoff: 100, maxBackoff: 30_000 } as const;
const shape = fc.record({ quantity: fc.integer({ min: 1, max: 4 }), spare: fc.nat({ max: 1 }), booting: fc.integer({ min: 1, max: 4 }), seed: fc.nat() });
type Shape = typeof shape extends fc.Arbitrary<infer Value> ? Value : never;

const served = fc.integer({ min: 0, max: 999 });

/** A while in which every instance behaves so. */
function whileOf(behaviour: Behaviour, { quantity, seed, ...spec }: Shape): Watched {
  const watched = watch(() => behaviour, { random: sequence(seed) });
  watched.supervisor.on('idle', () => assert.deepEqual(faultsOf(watched), []));
  watched.supervisor.want([rowOf(specOf('web', { ...spec, restart }), quantity)]);
  watched.world.advance(WHILE);
  return watched;
}

describe('starts', () => {
  it('of an instance that comes up and leaves again and again for a planned reason are bounded by the backoff', () => {
    const brief: fc.Arbitrary<Behaviour> = fc.record({
      boots: fc.integer({ min: 0, max: 200 }),
      leavesAfter: served,
      reason: fc.constantFrom('max-requests', 'memory', 'age', 'stop'),
      drains: fc.integer({ min: 0, max: 5000 }),
    });
    fc.assert(
      fc.property(shape, brief, (one, behaviour) => {
        const watched = whileOf(behaviour, one);
        // In the steady state all of them may come once in a tenth of maxBackoff, less the jitter; before that they come up to it.
        const rounds = WHILE / ((restart.maxBackoff / 10) * 0.75) + 10;
        const starts = watched.starts('web');
        assert.ok(starts <= (one.quantity + one.spare) * rounds, `${starts} starts`);
        assert.ok(starts >= WHILE / 10_000, `only ${starts} starts`);
      }),
      { numRuns: runs },
    );
  });

  it('of an instance that comes up and falls again and again become one in maxBackoff, for ever, and are told once', () => {
    const brief: fc.Arbitrary<Behaviour> = fc.oneof(
      fc.record({ boots: fc.integer({ min: 0, max: 200 }), crashesAfter: served, code: fc.constantFrom(0, 1) }),
      fc.record({ boots: fc.integer({ min: 0, max: 200 }), leavesAfter: served, reason: fc.constant('uncaughtException'), drains: fc.nat({ max: 5000 }) }),
    );
    fc.assert(
      fc.property(shape, brief, (one, behaviour) => {
        const watched = whileOf(behaviour, one);
        const starts = watched.starts('web');
        // Until the fifth fall of the last slot, then one at a time; a spare is started for each that was promoted.
        const before = (one.quantity + one.spare) * (LOOP_FALLS + 1);
        assert.ok(starts <= before + (1 + one.spare) * (WHILE / restart.maxBackoff), `${starts} starts`);
        assert.ok(starts >= WHILE / (restart.maxBackoff + 10_000), `only ${starts} starts`);
        assert.equal(watched.log.filter(line => line.includes('crash loop')).length, 1, watched.log.join('\n'));
        assert.equal(watched.supervisor.crashLoopOf('web')?.cause, 'falls');
      }),
      { numRuns: runs },
    );
  });

  it('after a storm of kills from outside are at full strength within seconds, however long it has lasted', () => {
    fc.assert(
      fc.property(shape, fc.integer({ min: 50, max: 400 }), (one, pause) => {
        const watched = watch(() => ({ boots: 100 }), { random: sequence(one.seed) });
        const { quantity, seed, ...spec } = one;
        watched.supervisor.want([rowOf(specOf('web', { ...spec, restart }), quantity)]);
        watched.world.advance(1000);
        for (let kill = 0; kill < 60; kill++) {
          const victim = watched.supervisor.instances().find(({ state }) => state === 'ready');
          if (victim !== undefined) watched.world.children.get(victim.id)?.crash(null, 'SIGKILL');
          watched.world.advance(pause);
        }
        watched.world.advance(5000);
        assert.equal(watched.count('ready', 'web'), quantity, watched.log.slice(-20).join('\n'));
        assert.equal(watched.supervisor.crashLoopOf('web'), undefined);
        void seed;
      }),
      { numRuns: runs },
    );
  });

  it('of an instance that never gets ready are bounded by maxBackoff once it is given up, also when the memory of failures is shorter', () => {
    const bad: fc.Arbitrary<Behaviour> = fc.oneof(
      fc.record({ failsAfter: fc.integer({ min: 0, max: 3000 }) }),
      fc.record({
        boots: fc.constant('never' as const),
        leavesInBootAfter: fc.integer({ min: 0, max: 500 }),
        reason: fc.constantFrom('memory', 'age', 'stop'),
      }),
      fc.record({ spawnError: fc.constantFrom('soon' as const, 'at-once' as const) }),
    );
    fc.assert(
      fc.property(shape, bad, fc.constantFrom(10_000, 60_000), ({ quantity, seed, ...spec }, behaviour, period) => {
        const watched = watch(() => behaviour, { random: sequence(seed) });
        watched.supervisor.want([rowOf(specOf('web', { ...spec, restart: { ...restart, period } }), quantity)]);
        watched.world.advance(WHILE);
        const starts = watched.starts('web');
        assert.ok(starts <= WHILE / restart.maxBackoff + spec.booting + restart.intensity, `${starts} starts`);
        assert.ok(starts >= WHILE / (restart.maxBackoff + 5000), `only ${starts} starts`);
      }),
      { numRuns: runs },
    );
  });

  it('of what shall not come back do not come, and do not keep an old generation alive', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.constantFrom('never' as const, 'on-failure' as const), (quantity, when) => {
        const watched = watch(() => ({ boots: 10, crashesAfter: 5000, code: 0 }));
        const job = specOf('job', { restart: { ...restart, when }, surge: 1 });
        watched.supervisor.want([rowOf(job, quantity, 1)]);
        watched.world.advance(1000);
        watched.supervisor.want([rowOf(job, quantity, 2)]);
        watched.world.advance(60_000);
        assert.deepEqual(watched.supervisor.instances(), []);
        assert.equal(watched.starts('job', 2), quantity);
      }),
      { numRuns: 20 },
    );
  });
});

describe('draining after crashes', () => {
  it('happens to at most as many as are wanted, so that a mass failure cannot double the processes twice', () => {
    fc.assert(
      fc.property(shape, fc.integer({ min: 1000, max: 3000 }), (one, leavesAfter) => {
        const watched = watch(() => ({ boots: 20, leavesAfter, drains: 'never' }), { random: sequence(one.seed) });
        const { quantity, seed, ...spec } = one;
        const most = quantity * 2;
        const slow = specOf('web', { ...spec, restart, stop: { drainTimeout: 60_000, killTimeout: 5000 } });
        watched.supervisor.on('idle', () => {
          const uncut = watched.supervisor.instances().filter(({ state, reason }) => state === 'draining' && reason !== 'cut').length;
          assert.ok(uncut <= most - quantity, watched.log.slice(-20).join('\n'));
        });
        watched.supervisor.want([rowOf(slow, quantity)]);
        watched.world.advance(60_000);
        assert.ok(watched.supervisor.deaths.some(({ reason }) => reason === 'cut'));
        void seed;
      }),
      { numRuns: runs },
    );
  });
});

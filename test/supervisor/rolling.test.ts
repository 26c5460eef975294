/** A rolling change takes nobody off line, and a generation that cannot boot changes nothing. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { sequence } from './fake-world.ts';
import type { Behaviour } from './fake-world.ts';
import { deviations, faultsOf, rowOf, specOf, watch } from './watched.ts';

const runs = Number(process.env['FC_RUNS'] ?? 300);
const boots = fc.integer({ min: 0, max: 900 });
const drains = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 4000 }), fc.constant('never' as const));
const good: fc.Arbitrary<Behaviour> = fc.record({ boots, drains });
const restart = { when: 'always', intensity: 3, period: 60_000, backoff: 100, maxBackoff: 5000 } as const;

const shape = fc.record({
  quantity: fc.integer({ min: 1, max: 5 }),
  surge: fc.integer({ min: 0, max: 3 }),
  spare: fc.nat({ max: 2 }),
  booting: fc.integer({ min: 1, max: 4 }),
  seed: fc.nat(),
});

describe('a rolling change', () => {
  it('never has fewer ready than wanted when nothing crashes; without a surge one fewer', () => {
    const reloads = fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(shape, fc.array(good, { maxLength: 40, size: 'max' }), reloads, ({ quantity, seed, ...spec }, behaviours, pauses) => {
        let started = 0;
        const watched = watch(() => behaviours[started++] ?? { boots: 50 }, { random: sequence(seed) });
        const { supervisor, world } = watched;
        const web = specOf('web', { ...spec, restart });
        supervisor.want([rowOf(web, quantity)]);
        world.advance(10_000);
        assert.deepEqual(deviations(watched, supervisor.desired), []);

        const least = spec.surge === 0 ? quantity - 1 : quantity;
        supervisor.on('change', () => assert.ok(watched.count('ready', 'web') >= least, watched.log.join('\n')));
        supervisor.on('idle', () => assert.deepEqual(faultsOf(watched), []));
        for (const [index, pause] of pauses.entries()) {
          supervisor.want([rowOf(web, quantity, 2 + index)]);
          world.advance(pause);
        }
        world.advance(120_000);
        assert.deepEqual(deviations(watched, supervisor.desired), [], watched.log.join('\n'));
      }),
      { numRuns: runs },
    );
  });

  it('to a generation that cannot boot is given up, and every old instance keeps serving', () => {
    const bad: fc.Arbitrary<Behaviour> = fc.oneof(
      fc.record({ failsAfter: fc.integer({ min: 0, max: 4000 }) }),
      fc.record({ boots: fc.constant('never' as const), drains }),
      fc.record({ boots: fc.constant('never' as const), leavesInBootAfter: boots, reason: fc.constantFrom('uncaughtException', 'memory'), drains }),
      fc.record({ spawnError: fc.constantFrom('soon' as const, 'at-once' as const) }),
    );
    const surging = shape.map(one => Object.assign(one, { surge: Math.max(1, one.surge) }));
    fc.assert(
      fc.property(surging, fc.array(bad, { minLength: 1, maxLength: 6 }), ({ quantity, seed, ...spec }, behaviours) => {
        let started = 0;
        const behave = (generation: number): Behaviour => (generation === 1 ? { boots: 50 } : (behaviours[started++ % behaviours.length] ?? {}));
        const watched = watch((_, generation) => behave(generation), { random: sequence(seed) });
        const { supervisor, world } = watched;
        const web = specOf('web', { ...spec, restart });
        supervisor.want([rowOf(web, quantity)]);
        world.advance(5000);

        let failures = 0;
        supervisor.on('change', () => assert.equal(watched.count('ready', 'web', 1), quantity));
        supervisor.on('failed', failure => {
          failures++;
          assert.deepEqual([failure.type, failure.generation, failure.death.generation, failure.death.served], ['web', 2, 2, false]);
        });
        supervisor.want([rowOf(web, quantity, 2)]);
        world.advance(60_000);
        assert.ok(failures > 0, watched.log.join('\n'));
        const tried = watched.starts('web', 2);
        // The first ones may all boot at once; later ones come one by one, and after giving up once in maxBackoff.
        assert.ok(tried <= spec.booting + restart.intensity + 60_000 / restart.maxBackoff, `${tried} starts`);

        supervisor.removeAllListeners('change');
        supervisor.want([rowOf(web, quantity, 1)]);
        world.advance(10_000);
        assert.deepEqual(deviations(watched, supervisor.desired), []);
      }),
      { numRuns: runs },
    );
  });
});

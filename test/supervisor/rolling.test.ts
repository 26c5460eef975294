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

  it('that begins with a canary stops no old instance before the canary has lived, and none at all when it has not', () => {
    const bad: fc.Arbitrary<Behaviour> = fc.oneof(
      fc.record({ failsAfter: fc.integer({ min: 0, max: 4000 }) }),
      fc.record({ boots: fc.constant('never' as const), drains }),
      fc.record({ boots, crashesAfter: fc.integer({ min: 0, max: 1999 }), code: fc.constantFrom(0, 1) }),
      fc.record({ boots, leavesAfter: fc.integer({ min: 0, max: 1999 }), reason: fc.constantFrom('uncaughtException', 'memory', 'SIGTERM'), drains }),
      fc.record({ boots, hangsAfter: fc.integer({ min: 0, max: 1000 }) }),
      fc.record({ spawnError: fc.constantFrom('soon' as const, 'at-once' as const) }),
    );
    const crash = fc.array(fc.integer({ min: 0, max: 4000 }), { maxLength: 3 });
    fc.assert(
      fc.property(shape, bad, crash, ({ quantity, seed, ...spec }, behaviour, crashes) => {
        const watched = watch((_, generation) => (generation === 2 ? behaviour : { boots: 50 }), { random: sequence(seed), hangTimeout: 800 });
        const { supervisor, world } = watched;
        const web = specOf('web', { ...spec, restart });
        supervisor.want([rowOf(web, quantity, 1, 2000)]);
        world.advance(5000);
        let failures = 0;
        supervisor.on('idle', () => assert.deepEqual(faultsOf(watched), []));
        supervisor.on('failed', ({ why, generation }) => {
          failures++;
          assert.deepEqual([why, generation], ['canary', 2]);
        });
        supervisor.want([rowOf(web, quantity, 2, 2000)]);
        // An old one that crashes comes back as it was; apart from that nothing happens to the old generation.
        for (const pause of crashes) {
          world.advance(pause);
          const old = supervisor.instances().find(({ generation, state }) => generation === 1 && state === 'ready');
          if (old !== undefined) world.children.get(old.id)?.crash();
        }
        world.advance(20_000);
        assert.equal(failures, 1, watched.log.join('\n'));
        assert.equal(watched.starts('web', 2), 1);
        assert.equal(watched.count('ready', 'web', 1), quantity, watched.log.join('\n'));
        assert.ok(!watched.log.some(line => line.includes('died: reload')));
      }),
      { numRuns: runs },
    );
  });

  it('that begins with a canary goes through when it lives, with never fewer ready than before', () => {
    fc.assert(
      fc.property(shape, fc.array(good, { maxLength: 20, size: 'max' }), ({ quantity, seed, ...spec }, behaviours) => {
        let started = 0;
        const watched = watch(() => behaviours[started++] ?? { boots: 50 }, { random: sequence(seed) });
        const { supervisor, world } = watched;
        const web = specOf('web', { ...spec, restart });
        supervisor.want([rowOf(web, quantity, 1, 2000)]);
        world.advance(10_000);
        const least = spec.surge === 0 ? quantity - 1 : quantity;
        let proven = false;
        supervisor.on('proven', () => (proven = true));
        supervisor.on('change', instance => {
          assert.ok(watched.count('ready', 'web') >= least, watched.log.join('\n'));
          assert.ok(proven || (watched.starts('web', 2) <= 1 && !(instance.generation === 1 && instance.state === 'draining')));
        });
        supervisor.want([rowOf(web, quantity, 2, 2000)]);
        world.advance(120_000);
        assert.ok(proven);
        assert.deepEqual(deviations(watched, supervisor.desired), [], watched.log.join('\n'));
      }),
      { numRuns: runs },
    );
  });

  it('lets no old instance go for a new one that cannot serve', () => {
    const illness = fc.record({
      probe: fc.constantFrom('readiness' as const, 'startup' as const),
      from: fc.nat({ max: 3000 }),
      to: fc.nat({ max: 6000 }),
      how: fc.constantFrom('no' as const, 'silent' as const),
    });
    const behaviour = fc.record({ boots, fails: fc.array(illness, { maxLength: 2 }), drains });
    const surging = shape.map(one => Object.assign(one, { surge: Math.max(1, one.surge) }));
    const probe = { check: { kind: 'message' }, initialDelay: 0, period: 400, timeout: 200, successThreshold: 1, failureThreshold: 2 } as const;
    fc.assert(
      fc.property(surging, fc.array(behaviour, { maxLength: 20, size: 'max' }), fc.boolean(), ({ quantity, seed, ...spec }, behaviours, hasCanary) => {
        let started = 0;
        const watched = watch((_, generation) => (generation === 1 ? { boots: 50 } : (behaviours[started++] ?? { boots: 50 })), { random: sequence(seed) });
        const { supervisor, world } = watched;
        const web = specOf('web', { ...spec, restart, probes: { startup: probe, readiness: probe } });
        supervisor.want([rowOf(web, quantity, 1)]);
        world.advance(10_000);
        // Those of the old generation are well; so as many as are wanted can serve until the last of them was replaced by one that can.
        const isOld = (): boolean => watched.count('ready', 'web', 1) > 0;
        const canServe = (): number => supervisor.instances().filter(({ state, unready }) => state === 'ready' && unready !== true).length;
        let atStop = Infinity;
        supervisor.on('change', ({ generation, state }) => {
          if (generation === 1 && state === 'draining') atStop = Math.min(atStop, canServe());
        });
        supervisor.on('failed', ({ why }) => void (why === 'canary' && supervisor.want([rowOf(web, quantity, 1)])));
        supervisor.want([rowOf(web, quantity, 2, hasCanary ? 1000 : undefined)]);
        world.advance(60_000);
        assert.ok(atStop >= quantity, watched.log.join('\n'));
        assert.ok(!isOld() || supervisor.desired[0]?.generation === 1, watched.log.join('\n'));
        assert.equal(canServe(), quantity, watched.log.join('\n'));
      }),
      { numRuns: runs },
    );
  });
});

/** Deliberate replacements take nobody off line, and come one at a time. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { isPlanned } from '../../lib/policy/restart.ts';
import { sequence } from './fake-world.ts';
import { deviations, faultsOf, rowOf, specOf, watch, withoutRenewal } from './watched.ts';
import type { Watched } from './watched.ts';

const runs = Number(process.env['FC_RUNS'] ?? 60);
const shape = fc.record({
  quantity: fc.integer({ min: 1, max: 4 }),
  surge: fc.nat({ max: 1 }),
  spare: fc.nat({ max: 1 }),
  seed: fc.nat(),
  boots: fc.integer({ min: 0, max: 500 }),
  drains: fc.oneof(fc.nat({ max: 2000 }), fc.constant('never' as const)),
});

/** How many replacements are under way: successors, and those that were told to go and are not gone. */
const underWay = ({ supervisor }: Watched): number => {
  const instances = supervisor.instances();
  const successors = instances.filter(({ replaces }) => instances.some(({ id, state }) => id === replaces && state !== 'draining'));
  return successors.length + instances.filter(({ state, reason = '' }) => state === 'draining' && isPlanned(reason)).length;
};

describe('deliberate replacements', () => {
  it('come one at a time in the whole application, with never fewer ready than wanted, whoever asks for them', () => {
    const asks = fc.array(fc.tuple(fc.constantFrom('renew', 'wish', 'grow', 'all'), fc.nat({ max: 5 }), fc.nat({ max: 1500 })), { maxLength: 12 });
    fc.assert(
      fc.property(shape, asks, ({ quantity, seed, boots, drains, ...spec }, deeds) => {
        const watched = watch(() => ({ boots, drains }), { random: sequence(seed) });
        const { supervisor, world } = watched;
        const renew = { maxAge: 40_000, maxMemory: { soft: 1000 } };
        const rows = [rowOf(specOf('agent', { renew }), 1), rowOf(specOf('web', { ...spec, renew, after: ['agent'] }), quantity)];
        supervisor.want(rows);
        world.advance(5000);
        supervisor.on('idle', () => assert.deepEqual(faultsOf(watched), []));
        supervisor.on('change', () => {
          assert.ok(underWay(watched) <= 1, watched.log.slice(-20).join('\\n'));
          assert.ok(watched.count('ready', 'web') >= quantity && watched.count('ready', 'agent') >= 1, watched.log.slice(-20).join('\\n'));
        });
        const first = new Set(supervisor.instances().map(({ id }) => id));
        for (const [what, nth, pause] of deeds) {
          const instances = supervisor.instances();
          const { id, state } = instances[nth % instances.length] ?? { id: 0, state: 'gone' };
          if (what === 'renew') void supervisor.renew([id]);
          else if (what === 'all') void supervisor.renew(instances.map(one => one.id));
          else if (what === 'grow') supervisor.observe(id, { rss: 2000 });
          else if (state === 'ready') world.children.get(id)?.say({ type: 'wants-to-leave', reason: 'max-requests' });
          world.advance(pause);
        }
        // By then everybody has come of age.
        world.advance(120_000);
        assert.ok(!supervisor.instances().some(({ id }) => first.has(id)), watched.log.join('\\n'));
        supervisor.want(withoutRenewal(rows));
        world.advance(20_000);
        assert.deepEqual(deviations(watched, supervisor.desired), []);
      }),
      { numRuns: runs },
    );
  });

  const running = (behave: Parameters<typeof watch>[0] = () => ({ boots: 50 })): Watched => {
    const watched = watch(behave);
    watched.supervisor.want([rowOf(specOf('web'), 2)]);
    watched.world.advance(1000);
    return watched;
  };

  it('tell when they are done, also whoever asks again', async () => {
    const watched = running();
    const done = watched.supervisor.renew([1, 2]);
    const again = watched.supervisor.renew([2]);
    watched.world.advance(1000);
    assert.deepEqual(await Promise.all([done, again]), [undefined, undefined]);
    assert.deepEqual(
      watched.supervisor.instances().map(({ id, slot, state }) => [id, slot, state]),
      [
        [3, 1, 'ready'],
        [4, 2, 'ready'],
      ],
    );
    assert.equal(await watched.supervisor.renew([1]), undefined);
  });

  it('tell of the death that keeps them from being done', async () => {
    const watched = running((_type, _generation, id) => (id > 2 ? { failsAfter: 10, code: 3 } : { boots: 50 }));
    const done = watched.supervisor.renew([1, 2]);
    watched.world.advance(20_000);
    const death = await done;
    assert.deepEqual([death?.code, death?.served, death?.type], [3, false, 'web']);
    assert.equal(watched.starts('web'), 2 + 3);
    assert.equal(watched.count('ready', 'web'), 2);
  });

  it('are joined by a listener of `idle` that asks for one', () => {
    const watched = running();
    watched.supervisor.once('idle', () => void watched.supervisor.renew([2]));
    void watched.supervisor.renew([1]);
    watched.world.advance(1000);
    assert.equal(watched.starts('web'), 4);
  });

  it('of a type that was given up are made at once when somebody says that it works now', () => {
    let broken = true;
    const watched = running((_type, _generation, id) => (id > 2 && broken ? { failsAfter: 10, code: 3 } : { boots: 50 }));
    watched.world.children.get(1)?.crash();
    watched.world.advance(5000);
    assert.equal(watched.supervisor.crashLoopOf('web')?.cause, 'boots');
    const tried = watched.starts('web');
    broken = false;
    watched.supervisor.retry('web');
    watched.world.advance(100);
    assert.equal(watched.starts('web'), tried + 1);
    assert.equal(watched.count('ready', 'web'), 2);
  });
});

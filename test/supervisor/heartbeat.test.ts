/** Instances are asked whether they live, as seldom as it can be. */
import assert from 'node:assert/strict';
import type { ProcessSpec } from '../../lib/model.ts';
import type { HangLimits } from '../../lib/supervisor/heartbeat.ts';
import { Supervisor } from '../../lib/supervisor/supervisor.ts';
import { FakeWorld } from './fake-world.ts';
import type { Behaviour } from './fake-world.ts';
import { rowOf, specOf } from './watched.ts';

/** Three instances of a type, and what is heard of them. */
function running(limits: HangLimits, behaviour: Behaviour = {}, spec: Partial<ProcessSpec> = {}) {
  const world = new FakeWorld(() => ({ boots: 10, ...behaviour }));
  const supervisor = new Supervisor(world, limits);
  const heard: string[] = [];
  supervisor.on('suspect', ({ id }) => heard.push(`${world.now()} :${id} suspect`));
  supervisor.on('answers', ({ id }, after) => heard.push(`${world.now()} :${id} answers after ${after}`));
  supervisor.on('death', ({ id, reason }) => heard.push(`${world.now()} :${id} ${reason}`));
  supervisor.want([rowOf(specOf('web', spec), 3)]);
  world.advance(10);
  return { world, supervisor, heard };
}

describe('the heart beat', () => {
  it('asks each once a second, with one timer for all', () => {
    const { world } = running({ hangTimeout: 9000 });
    assert.equal(world.timers, 1);
    const asked = world.pings;
    world.advance(10_000);
    assert.equal(world.pings - asked, 3 * 10);
  });

  it('does not ask who has just spoken', () => {
    const { world } = running({ hangTimeout: 9000 });
    world.advance(2000);
    const asked = world.pings;
    for (let second = 0; second < 10; second++) {
      world.children.get(1)?.say({ type: 'control', message: { kind: 'unlisten', key: 1 } });
      world.advance(1000);
    }
    assert.equal(world.pings - asked, 2 * 10);
  });

  it('suspects who is silent for a second, kills who is silent for hangTimeout, and tells who answers again', () => {
    const silent = running({ hangTimeout: 9000 }, { hangsAfter: 5000 }, { booting: 1 });
    silent.world.advance(6500);
    assert.deepEqual(silent.heard.slice(0, 1), ['6010 :1 suspect']);
    silent.world.advance(2000);
    silent.world.children.get(1)?.say({ type: 'pong' });
    assert.ok(silent.heard.includes('8510 :1 answers after 2500'));
    silent.world.advance(6000);
    assert.ok(silent.heard.includes('14010 :2 hang'), silent.heard.join('\n'));
    assert.ok(!silent.heard.some(line => line.endsWith(':1 hang')));
  });

  it('goes by what a type says of itself', () => {
    const hasty = running({ hangTimeout: 0 }, { hangsAfter: 0 }, { hangTimeout: 2000, hangWarn: 500 });
    hasty.world.advance(2100);
    assert.deepEqual(
      hasty.heard.filter(line => line.includes(':1 ')),
      ['1010 :1 suspect', '2010 :1 hang'],
    );
    const never = running({ hangTimeout: 9000 }, { hangsAfter: 0 }, { hangTimeout: 0, hangWarn: 0 });
    never.world.advance(60_000);
    assert.deepEqual([never.heard, never.world.pings, never.world.timers], [[], 0, 0]);
  });

  it('warns for ever and kills nobody without a hangTimeout', () => {
    const { world, heard } = running({ hangTimeout: 0, hangWarn: 1000 }, { hangsAfter: 0 });
    world.advance(60_000);
    assert.equal(heard.length, 3);
    assert.ok(heard.every(line => line.endsWith('suspect')));
  });

  it('has nothing to do for commands, and stops when nobody is left', () => {
    const commands = running({ hangTimeout: 9000 }, {}, { ready: 'spawn', start: { kind: 'command', line: 'true' } });
    commands.world.advance(5000);
    assert.equal(commands.world.pings, 0);
    const { world, supervisor } = running({ hangTimeout: 9000 });
    supervisor.want([]);
    world.advance(3000);
    assert.equal(world.timers, 0);
  });
});

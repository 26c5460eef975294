/** Plays the histories. */
import assert from 'node:assert/strict';
import type { DesiredRow } from '../../lib/model.ts';
import { CANARY } from './histories-canary.ts';
import { FOUND } from './histories-found.ts';
import { LOOPS } from './histories-loops.ts';
import { PROBES } from './histories-probes.ts';
import { RENEWALS } from './histories-renewals.ts';
import { HISTORIES } from './histories.ts';
import type { Deed, History } from './histories.ts';
import { faultsOf, rowOf, specOf, watch } from './watched.ts';
import type { Watched } from './watched.ts';

function childOf({ world }: Watched, id: number) {
  const child = world.children.get(id);
  assert.ok(child, `child ${id} was started`);
  return child;
}

function perform(deed: Deed, watched: Watched, types: History['given']['types']): void {
  if ('want' in deed) {
    const row = ([type, [quantity, generation, time, old]]: [string, readonly [number, number, number?, number?]]): DesiredRow =>
      Object.assign(
        rowOf(specOf(type, { ...types[type], ...deed.with }), quantity, generation, time === undefined || old === undefined ? time : { time, old }),
        deed.renewAt === undefined ? {} : { renewAt: deed.renewAt },
      );
    watched.supervisor.want(Object.entries(deed.want).map(row));
  } else if ('crash' in deed) childOf(watched, deed.crash).crash(deed.code);
  else if ('killed' in deed) childOf(watched, deed.killed).crash(null, 'SIGKILL');
  else if ('leave' in deed) childOf(watched, deed.leave).leave(deed.reason);
  else if ('wish' in deed) childOf(watched, deed.wish).say({ type: 'wants-to-leave', reason: 'max-requests' });
  else if ('renew' in deed)
    void watched.supervisor.renew(deed.renew).then(death => death !== undefined && watched.log.push(`${watched.world.now()} told: ${death.reason}`));
  else if ('observe' in deed) watched.supervisor.observe(deed.observe, { rss: deed.rss });
  else if ('says' in deed) childOf(watched, deed.says).say({ type: deed.what });
  else watched.supervisor.hurry();
}

function play({ given: { types, behave = {}, hangTimeout = 0 }, when, until }: History): readonly string[] {
  const started = new Map<string, number>();
  const watched = watch(
    (type, generation) => {
      const key = `${type}#${generation}`;
      const list = behave[key] ?? [];
      const nth = started.get(key) ?? 0;
      started.set(key, nth + 1);
      return list[Math.min(nth, list.length - 1)] ?? { boots: 50 };
    },
    { hangTimeout },
  );
  watched.supervisor.on('idle', () => assert.deepEqual(faultsOf(watched), []));
  for (const [at, deed] of when) {
    watched.world.advance(at - watched.world.now());
    perform(deed, watched, types);
  }
  watched.world.advance(until - watched.world.now());
  return byMoment(watched.log);
}

/** The lines of one moment as one. */
function byMoment(log: readonly string[]): readonly string[] {
  const moments = new Map<string, string[]>();
  for (const line of log) {
    const [time = '', ...what] = line.split(' ');
    moments.set(time, [...(moments.get(time) ?? []), what.join(' ')]);
  }
  return [...moments].map(([time, lines]) => `${time}: ${lines.join(', ')}`);
}

describe('history:', () => {
  for (const history of [...HISTORIES, ...CANARY, ...LOOPS, ...RENEWALS, ...PROBES, ...FOUND])
    it(history.name, () => assert.deepEqual(play(history), history.expect));
});

/** The loop of a job by itself. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Loop, type LoopHands, type LoopSettings } from '../../../lib/app/job/loop.ts';
import { until } from '../../helpers/until.ts';

const SETTINGS: LoopSettings = { concurrency: 1, interval: 1, maxInterval: 4, errorLimit: 0 };

function loopOf(handle: () => unknown, settings: Partial<LoopSettings> = {}): { readonly loop: Loop; readonly failed: number[]; readonly limits: number[] } {
  const failed: number[] = [];
  const limits: number[] = [];
  const hands: LoopHands = {
    handle,
    failed: (_error, retryIn) => void failed.push(retryIn),
    limitReached: count => void limits.push(count),
    counted: () => {},
  };
  return { loop: new Loop({ ...SETTINGS, ...settings }, hands), failed, limits };
}

describe('the loop of a job', () => {
  it('leaves the process its turn, though every run is over at once', async () => {
    const { loop } = loopOf(() => true);
    loop.start();
    await sleep(1);
    await until(() => loop.counts.handled > 1000);
    await loop.drain();
    const { handled } = loop.counts;
    await sleep(5);
    assert.equal(loop.counts.handled, handled);
  });

  it('counts runs that did something, that had nothing to do, and that failed', async () => {
    const results = [true, 'text', 0, null, false, undefined, new Error('one')];
    let next = 0;
    const { loop, failed } = loopOf(() => {
      const result = results[next++];
      if (result instanceof Error) throw result;
      return next > results.length ? new Promise(() => {}) : result;
    });
    loop.start();
    await until(() => loop.counts.errors === 1);
    assert.deepEqual(loop.counts, { handled: 4, idle: 2, errors: 1 });
    assert.equal(failed.length, 1);
    void loop.cut();
  });

  it('waits longer after each failed run, and says when as many as may have failed in a row', async () => {
    const { loop, failed, limits } = loopOf(() => Promise.reject(new Error('no')), { errorLimit: 2 });
    loop.start();
    await until(() => limits.length > 0);
    await loop.drain();
    assert.deepEqual(limits, [2]);
    const [first = 0, second = 0] = failed;
    assert.ok(first >= 75 && first <= 125 && second >= 150 && second <= 250, failed.join(' '));
  });

  it('drains without beginning anything new, and what is cut is to blame for nothing', async () => {
    let began = 0;
    const { loop, failed } = loopOf(() => {
      began++;
      return new Promise((_, reject) => loop.signal.addEventListener('abort', () => reject(loop.signal.reason as Error)));
    });
    loop.start();
    await until(() => began === 1);
    const drained = loop.drain();
    assert.ok(loop.leaving.aborted && !loop.signal.aborted);
    await loop.cut();
    await drained;
    assert.deepEqual([began, failed, loop.counts.errors], [1, [], 1]);
  });
});

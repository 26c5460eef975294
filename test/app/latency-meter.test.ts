/** Few requests are all measured; of many some, which count for all. */
import assert from 'node:assert/strict';
import { LatencyMeter } from '../../lib/app/observe/latency-meter.ts';
import { total } from '../../lib/policy/latency.ts';

/** So many requests, one after the other; how many of them were measured. */
function run(meter: LatencyMeter, times: number): number {
  let measured = 0;
  for (let time = 0; time < times; time++) {
    const mark = meter.mark();
    if (mark > 0) measured++;
    meter.ended(mark);
  }
  return measured;
}

describe('the latency of requests', () => {
  it('is measured of each, while there are few', () => {
    const meter = new LatencyMeter();
    assert.equal(run(meter, 200), 200);
    assert.equal(total(meter.figures().counts), 200);
  });

  it('is measured of some, when there are many, and each request is counted all the same', () => {
    const meter = new LatencyMeter();
    const measured = run(meter, 500_000);
    assert.ok(measured < 50_000, `${measured} were measured`);
    const counted = total(meter.figures().counts);
    // What has ended since the last that was measured is not counted yet.
    assert.ok(counted <= 500_000 && counted > 500_000 - 2 * 256, String(counted));
  });
});

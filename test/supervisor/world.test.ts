/** The real world's clock. */
import assert from 'node:assert/strict';
import { realWorld } from '../../lib/supervisor/world.ts';
import type { World } from '../../lib/supervisor/world.ts';

const nobody: World['start'] = () => assert.fail('nothing is started here');

describe('the clock of the supervisor', () => {
  const HOUR = 3_600_000;
  for (const [jump, words] of [
    [HOUR, 'an hour forward'],
    [-HOUR, 'an hour back'],
  ] as const) {
    it(`goes on as it went when somebody sets the clock of the machine ${words}: no timeout is due, and none is put off`, () => {
      const { now } = Date;
      const world = realWorld(nobody);
      const before = world.now();
      try {
        Date.now = () => now() + jump;
        const passed = world.now() - before;
        assert.ok(passed >= 0 && passed < HOUR / 2, `${passed} ms`);
      } finally {
        Date.now = now;
      }
    });
  }
});

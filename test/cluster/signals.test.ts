/** What the signals that end a master mean, one after the other. */
import assert from 'node:assert/strict';
import { ending } from '../../lib/cluster/signals.ts';

/** What is done at signals, each at a moment in milliseconds. */
function heard(...signals: readonly (readonly [at: number, signal: 'SIGINT' | 'SIGTERM'])[]): readonly string[] {
  const deeds: string[] = [];
  let clock = 0;
  const handlers = ending(
    { stop: signal => deeds.push(`stop by ${signal}`), hurry: () => deeds.push('hurry'), reload: () => deeds.push('reload') },
    [],
    () => clock,
  );
  for (const [at, signal] of signals) {
    clock = at;
    handlers[signal]?.();
  }
  return deeds;
}

describe('signals that end a master', () => {
  const before = process.exitCode;
  afterEach(() => {
    process.exitCode = before;
  });

  it('are one when the same comes again within a quarter of a second, as often as it likes', () => {
    assert.deepEqual(heard([1000, 'SIGINT'], [1003, 'SIGINT'], [1249, 'SIGINT']), ['stop by SIGINT']);
    assert.deepEqual(heard([1000, 'SIGTERM'], [1003, 'SIGTERM']), ['stop by SIGTERM']);
  });

  it('are a second one later, and when it is another one', () => {
    assert.deepEqual(heard([1000, 'SIGINT'], [1003, 'SIGINT'], [1250, 'SIGINT']), ['stop by SIGINT', 'hurry']);
    assert.equal(process.exitCode, 130);
    assert.deepEqual(heard([1000, 'SIGINT'], [1001, 'SIGTERM']), ['stop by SIGINT', 'hurry']);
    assert.equal(process.exitCode, 143);
  });
});

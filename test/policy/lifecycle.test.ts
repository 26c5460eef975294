/** The lifecycle table: printed for people, and proven to end. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { State } from '../../lib/model.ts';
import { LIFECYCLE, transition } from '../../lib/policy/lifecycle.ts';
import type { LifeEvent } from '../../lib/policy/lifecycle.ts';
import { renderLifecycle } from '../docs/render-lifecycle.ts';
import { root } from '../helpers/paths.ts';

// Typed so that a new state or event does not compile until it is here.
const STATES: readonly State[] = Object.keys({ starting: 0, spare: 0, ready: 0, draining: 0, gone: 0 } satisfies Record<State, 0>) as State[];
const EVENTS: readonly LifeEvent[] = Object.keys({
  booted: 0,
  promote: 0,
  ready: 0,
  leaving: 0,
  stop: 0,
  hurry: 0,
  timeout: 0,
  exit: 0,
} satisfies Record<LifeEvent, 0>) as LifeEvent[];
const living = STATES.filter(state => state !== 'gone');

/** The states that `events` can lead to from `from`. */
function reachable(from: State, events: readonly LifeEvent[]): ReadonlySet<State> {
  const seen = new Set<State>([from]);
  for (const state of seen) for (const event of events) seen.add(transition(state, event)?.to ?? state);
  return seen;
}

describe('the life of an instance', () => {
  it('is printed in docs/lifecycle.md as the table says', () => {
    assert.equal(readFileSync(path.join(root, 'docs/lifecycle.md'), 'utf8'), renderLifecycle(), 'run: npm run docs');
  });

  it('has nothing but known states and events in its table; every other pair means nothing', () => {
    assert.deepEqual(Object.keys(LIFECYCLE), STATES);
    for (const state of STATES) {
      for (const event of EVENTS) {
        const next = transition(state, event);
        assert.equal(next, LIFECYCLE[state][event]);
        if (next !== undefined) assert.ok(STATES.includes(next.to));
      }
      assert.deepEqual(
        Object.keys(LIFECYCLE[state]).filter(event => !EVENTS.some(known => known === event)),
        [],
      );
    }
  });

  it('reaches gone from every state, and in one step when the process ends', () => {
    for (const state of living) {
      assert.ok(reachable(state, EVENTS).has('gone'));
      assert.deepEqual(transition(state, 'exit'), { to: 'gone', effects: ['disarm', 'bury'] });
    }
  });

  it('ends with gone: nothing happens there, and nothing but the end of the process leads there', () => {
    assert.deepEqual(LIFECYCLE.gone, {});
    for (const state of living) for (const event of EVENTS) if (event !== 'exit') assert.notEqual(transition(state, event)?.to, 'gone');
  });

  it('never comes back from draining', () => {
    assert.deepEqual(reachable('draining', EVENTS), new Set(['draining', 'gone']));
  });

  it('can be stopped and hurried in every state, and a timeout kills in every one', () => {
    for (const state of living) {
      assert.ok(transition(state, 'timeout')?.effects.includes('kill'));
      assert.ok(transition(state, 'hurry')?.effects.includes('ask-now'));
      assert.equal(transition(state, 'stop')?.to ?? 'draining', 'draining');
    }
  });

  it('always has a timer running that leads to the kill while it drains or is expected to boot', () => {
    for (const state of living) {
      for (const event of EVENTS) {
        const next = transition(state, event);
        const waits = next?.to === 'draining' || (next?.to === 'starting' && state !== 'starting');
        if (waits)
          assert.ok(
            next.effects.some(effect => effect.startsWith('arm-')),
            `${state} + ${event} waits without a timer`,
          );
      }
    }
  });
});

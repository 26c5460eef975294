/** Lines of output among the events of a master. */
import assert from 'node:assert/strict';
import type { ControlEvent } from '../../lib/daemon/api.ts';
import { EventBus } from '../../lib/daemon/event-bus.ts';
import { listening } from '../../lib/daemon/lines.ts';
import { LogHub } from '../../lib/formation/log/hub.ts';
import { until } from '../helpers/until.ts';
import { instanceOf } from '../formation/log/hubs.ts';

function hear(bus: EventBus, hub: LogHub, kinds: readonly string[] | undefined): { readonly heard: ControlEvent[]; readonly end: () => Promise<void> } {
  const heard: ControlEvent[] = [];
  const ending = new AbortController();
  const { events } = listening(bus, () => hub);
  const over = (async () => {
    // Proven by lines.ts: it hands on what bus and hub give.
    for await (const event of events(kinds, ending.signal)) heard.push(event as ControlEvent);
  })();
  return {
    heard,
    end() {
      ending.abort();
      return over;
    },
  };
}

describe('the events of a master', () => {
  it('have lines of output among them, for those who want them', async () => {
    const [bus, hub] = [new EventBus(), new LogHub()];
    const [all, lines, states] = [hear(bus, hub, undefined), hear(bus, hub, ['log']), hear(bus, hub, ['state'])];
    await new Promise(setImmediate);
    bus.publish({ kind: 'state', state: 'running' });
    instanceOf(hub, 'web').write('one\ntwo\n');
    await until(() => all.heard.length === 3 && lines.heard.length === 2 && states.heard.length === 1);
    const texts = (events: readonly ControlEvent[]): readonly string[] => events.map(event => (event.kind === 'log' ? event.line.text : event.kind));
    assert.deepEqual(new Set(texts(all.heard)), new Set(['state', 'one', 'two']));
    assert.deepEqual(texts(lines.heard), ['one', 'two']);
    assert.deepEqual(texts(states.heard), ['state']);
    await Promise.all([all.end(), lines.end(), states.end()]);
    await hub.close();
  });
});

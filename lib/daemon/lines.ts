/** Lines of output for the control API: those that are there, those that come, and among other events. */
import type { Missed } from '../formation/log/follower.ts';
import type { LogHub } from '../formation/log/hub.ts';
import { readLogRequest } from '../formation/log/query.ts';
import type { LogLine } from '../policy/log-line.ts';
import type { ControlEvent } from './api.ts';
import type { EventBus } from './event-bus.ts';
import type { Backstage } from './routes.ts';

/** Waits for the first item, so that what is wrong with the request is the answer to it. */
async function begun<Item>(items: AsyncGenerator<Item>): Promise<AsyncGenerator<Item>> {
  const first = await items.next();
  return (async function* () {
    if (first.done === true) return;
    yield first.value;
    yield* items;
  })();
}

/** What GET /v1/logs answers. @throws BROOD_LOG_QUERY, BROOD_LOG_PATTERN */
async function linesOf(hub: LogHub, words: URLSearchParams, signal: AbortSignal): Promise<AsyncIterable<LogLine | Missed>> {
  const { follow, ...query } = readLogRequest(words);
  return follow ? hub.readAndFollow(query, signal) : begun(hub.read(query));
}

const eventOf = (item: LogLine | Missed): ControlEvent => ('missed' in item ? { kind: 'missed', count: item.missed } : { kind: 'log', line: item });

/** `events` and, where they are wanted, the lines of the hub from now on; each with a queue of its own. */
async function* withLines(
  events: AsyncIterable<ControlEvent>,
  hub: LogHub,
  kinds: readonly string[] | undefined,
  signal: AbortSignal,
): AsyncGenerator<ControlEvent> {
  if (kinds !== undefined && !kinds.includes('log')) return yield* events;
  const sources = [events[Symbol.asyncIterator](), hub.readAndFollow({ lines: 0 }, signal)] as const;
  const nextEvent = async () => ({ from: 0, result: await sources[0].next() }) as const;
  const nextLine = async () => ({ from: 1, result: await sources[1].next() }) as const;
  let waiting = [nextEvent(), nextLine()] as const;
  try {
    for (;;) {
      const next = await Promise.race(waiting);
      if (next.result.done === true) return;
      if (next.from === 0) {
        yield next.result.value;
        waiting = [nextEvent(), waiting[1]];
      } else {
        yield eventOf(next.result.value);
        waiting = [waiting[0], nextLine()];
      }
    }
  } finally {
    await Promise.all([sources[0].return?.(undefined), sources[1].return(undefined)]);
  }
}

/** The rows of the control API that stream what happens, and what was written. */
export const listening = (bus: EventBus, hub: () => LogHub): Pick<Backstage, 'events' | 'lines'> => ({
  events: (kinds, signal) => withLines(bus.listen(kinds, signal), hub(), kinds, signal),
  lines: (words, signal) => linesOf(hub(), words, signal),
});

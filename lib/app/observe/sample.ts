/** Takes the figures of this process, when the master asks for them. */
import type { Sample } from '../../observed.ts';
import { isThread, tell } from '../parent.ts';
import { allListeners } from '../servers.ts';
import { guestMetrics } from './guest.ts';
import { loopDelay } from './loop.ts';
import { connectionFigures, requestFigures } from './requests.ts';

const gc = { runs: 0, time: 0 };
let follows = false;

/** Counts from the first sample on; a run of the garbage collector costs some microseconds more. */
function followGarbageCollection(): void {
  if (follows) return;
  follows = true;
  const { PerformanceObserver } = process.getBuiltinModule('node:perf_hooks');
  new PerformanceObserver(list => {
    for (const { duration } of list.getEntries()) {
      gc.runs++;
      gc.time += duration * 1000;
    }
  }).observe({ entryTypes: ['gc'] });
}

const sum = (counts: Iterable<number>): number => [...counts].reduce((all, count) => all + count, 0);
const microseconds = (milliseconds: number): number => Math.round(milliseconds * 1000);

/** CPU time in microseconds. A thread cannot know its own everywhere; what its event loop was at work comes near. */
function cpuTime(active: number): number {
  if (!isThread) {
    const { user, system } = process.cpuUsage();
    return user + system;
  }
  const ofThread: unknown = Reflect.get(process, 'threadCpuUsage');
  if (typeof ofThread !== 'function') return active;
  // Node.js 23.9 and later.
  const { user, system } = ofThread.call(process) as NodeJS.CpuUsage;
  return user + system;
}

function memory(): Sample['memory'] {
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
  // The resident memory is that of all threads.
  return { rss: isThread ? heapTotal + external : rss, heapUsed, heapTotal };
}

/** A script and an Egg application have no mail of ours. */
const NO_MAIL: Sample['mail'] = { sent: 0, received: 0, dropped: 0, queued: 0 };

/** What only some processes have to tell. */
export interface OwnFigures {
  readonly mail?: Sample['mail'];
  readonly runs?: NonNullable<Sample['runs']>;
}

async function take(figures: () => OwnFigures): Promise<Sample> {
  followGarbageCollection();
  const guest = await guestMetrics();
  const listeners = [...allListeners()];
  const active = microseconds(performance.eventLoopUtilization().active);
  const delay = loopDelay();
  return {
    cpu: cpuTime(active),
    memory: memory(),
    loop: { active, ...(delay === undefined ? {} : { delay }) },
    gc: { runs: gc.runs, time: Math.round(gc.time) },
    requests: requestFigures(),
    connections: {
      ...connectionFigures(),
      open: sum(listeners.map(({ sockets }) => sockets.size)),
      openWebSockets: sum(listeners.map(({ webSockets }) => webSockets.size)),
    },
    mail: NO_MAIL,
    ...figures(),
    guest: guest.metrics,
    guestLost: guest.lost,
  };
}

/** Answers the master. */
export async function answerSample(seq: number, figures: () => OwnFigures = () => ({})): Promise<void> {
  await tell({ kind: 'sample', seq, sample: await take(figures) });
}

/** Starts the thread that tells what blocks the event loop of this process, and beats for it. */
import { ownDirectory } from '../../own.ts';
import { paceOf } from '../../policy/hang.ts';
import type { Boot } from '../../protocol.ts';
import { trace } from '../../trace.ts';
import { rank } from '../log/levels.ts';
import { formatOfEnvironment } from '../log/sink.ts';
import type { Destination, Sink } from '../log/sink.ts';
import { isThread } from '../parent.ts';
import { requestsUnderWay } from './requests.ts';
import { ATTACHED, BEAT, UNDER_WAY } from './sight.ts';
import type { Sight } from './sight.ts';

const debug = trace('brood:watchdog');

/** Milliseconds after the boot: a thread takes 30 ms of a core to start, which others need for their boot. */
const SETTLED = 500;
/** The memory of the thread, in MiB: an application of ten thousand files makes it read ten thousand messages of V8. */
const MOST_MEMORY = 64;

/** Beats from now on; the timer keeps no process alive. */
function beat(view: BigInt64Array, interval: number): void {
  const inspector = process.getBuiltinModule('node:inspector');
  const turn = (): void => {
    Atomics.store(view, ATTACHED, inspector.url() === undefined ? 0n : 1n);
    Atomics.store(view, BEAT, process.hrtime.bigint());
  };
  turn();
  setInterval(turn, interval).unref();
}

function begin(sight: Omit<Sight, 'shared'>): void {
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  const shared = new SharedArrayBuffer(3 * BigInt64Array.BYTES_PER_ELEMENT);
  Object.defineProperty(globalThis, Symbol.for(UNDER_WAY), { value: requestsUnderWay, configurable: true });
  beat(new BigInt64Array(shared), paceOf(sight.hangWarn).interval);
  const thread = new Worker(new URL('entries/watchdog.cjs', ownDirectory), {
    workerData: { ...sight, shared } satisfies Sight,
    // None of the application's: what it has preloaded would be loaded once more.
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY },
  });
  thread.once('message', () => debug('watching'));
  // Without it this process is as well as before.
  thread.on('error', error => debug('the watchdog has ended: %s', error));
  thread.unref();
}

/** Where a warning of these sinks goes. */
export const destinationsOf = (sinks: readonly Sink[]): readonly Destination[] =>
  sinks.filter(({ least }) => least <= rank('warn')).map(({ destination }) => destination);

/** For a script, which has no logger of ours. */
export const PLAIN: readonly Destination[] = [{ path: undefined, format: formatOfEnvironment() ?? 'pretty', colour: false }];

/** For an Egg application, whose console logger writes lines of its own form. */
export const EGG_LINES: readonly Destination[] = [{ path: undefined, format: 'egg', colour: false }];

/**
 * To be called when the boot is over: watches the event loop from a little later on, if the boot options say so.
 * A thread is not watched: an inspector reaches the main thread of a process only.
 */
export function watchEventLoop({ hangWarn = 0, type }: Boot, slot: number, destinations: () => readonly Destination[]): void {
  if (hangWarn === 0 || isThread || !process.features.inspector) return;
  setTimeout(() => begin({ hangWarn, origin: { type, slot }, destinations: destinations() }), SETTLED).unref();
}

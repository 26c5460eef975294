/** Runs in a thread beside the main one: looks whether its event loop turns, and tells what blocks it. */
import { parentPort, workerData } from 'node:worker_threads';
import type { HangReport } from '../../observed.ts';
import { beganAt, lookAt, paceOf, watchFrom } from '../../policy/hang.ts';
import { cpuOfMain, knownOfMain } from './known.ts';
import { tellHang } from './report.ts';
import { ATTACHED, BEAT, millisecondsOf, NEVER } from './sight.ts';
import type { Sight } from './sight.ts';
import { lookAtMain } from './stack.ts';

/** Milliseconds without an answer after which it is told that there is no stack. */
const NO_STACK = 250;

/** The clock that all threads share. */
const clock = (): number => millisecondsOf(process.hrtime.bigint());

/** One standstill that is being told. */
class Standstill {
  readonly #since: number;
  readonly #tell: (report: HangReport) => void;
  readonly #forget: () => void;
  readonly #noStack: NodeJS.Timeout;
  #told: HangReport | undefined;

  /** `cpu`: what the main thread had used when it was first seen to stand still. `isOver`: whether it has turned since. */
  constructor(since: number, cpu: number | undefined, isOver: () => boolean, tell: (report: HangReport) => void) {
    this.#since = since;
    this.#tell = tell;
    this.#noStack = setTimeout(() => {
      const now = cpuOfMain();
      this.#say({ stack: [], known: knownOfMain(this.#after, cpu === undefined || now === undefined ? undefined : now - cpu) });
    }, NO_STACK);
    this.#forget = lookAtMain({
      isOver,
      answers: () => void (this.#told === undefined && this.#noStack.refresh()),
      seen: ({ stack, requests }) => {
        clearTimeout(this.#noStack);
        this.#say({ stack, ...(requests.length === 0 ? {} : { requests }) });
      },
    });
  }

  /** The loop turns again. */
  end(): void {
    clearTimeout(this.#noStack);
    this.#forget();
    if (this.#told !== undefined) this.#tell({ ...this.#told, ended: this.#after });
  }

  get #after(): number {
    return Math.round(clock() - this.#since);
  }

  #say(what: Omit<HangReport, 'after'>): void {
    this.#told = { after: this.#after, ...what };
    this.#tell(this.#told);
  }
}

/** Watches until the process ends. */
export function runWatchdog(): void {
  // Handed over by start.ts.
  const sight = workerData as Sight;
  const view = new BigInt64Array(sight.shared);
  const pace = paceOf(sight.hangWarn);
  let watch = watchFrom(clock(), pace);
  /** What the main thread had used when a beat was first overdue. */
  let cpu: number | undefined;
  let standstill: Standstill | undefined;

  const look = (): boolean => {
    const seen = lookAt(watch, { now: clock(), beatAt: millisecondsOf(Atomics.load(view, BEAT)), attached: Atomics.load(view, ATTACHED) === 1n }, pace);
    ({ watch } = seen);
    const { beatAt } = watch;
    if (seen.verdict === 'late') cpu ??= cpuOfMain();
    else if (seen.verdict === 'hangs') {
      const isOver = (): boolean => millisecondsOf(Atomics.load(view, BEAT)) !== beatAt;
      standstill = new Standstill(beganAt(watch, pace), cpu, isOver, report => tellHang(sight, report));
    } else {
      cpu = undefined;
      if (seen.verdict === 'turns') standstill?.end();
    }
    return seen.verdict === 'well';
  };
  const watchOn = (): void => {
    // A thread that sleeps in the kernel takes half of what one takes that turns its own event loop; the end of the process wakes it.
    while (look()) Atomics.wait(view, NEVER, 0n, watch.pause);
    setTimeout(watchOn, watch.pause);
  };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage('watching');
  setImmediate(watchOn);
}

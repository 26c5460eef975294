/** Runs inside a thread of a job. */
import { parentPort, workerData } from 'node:worker_threads';
import type { FromJobThread, JobThreadBoot, ToJobThread } from '../../thread-protocol.ts';
import { childErrorOf } from '../faults.ts';
import { shownPath } from '../frame.ts';
import { loadRequired } from '../loader.ts';
import { Loggers } from '../log/loggers.ts';
import { Logger } from '../logger.ts';
import type { RunCounts } from './loop.ts';
import { OwnJob, tooManyErrors } from './own.ts';
import { ThreadMessenger } from './thread-messenger.ts';

/** Counts are told at most so often, in milliseconds. */
const TELL_COUNTS = 20;

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
const post = (message: FromJobThread): void => parentPort?.postMessage(message);

interface Running {
  readonly own: OwnJob;
  readonly messenger: ThreadMessenger;
  readonly loggers: Loggers;
  slot: number;
}

/** Tells the counts, not for every run. */
class CountsTeller {
  #untold: RunCounts | undefined;
  #timer: NodeJS.Timeout | undefined;

  readonly counted = (counts: RunCounts): void => {
    this.#untold = counts;
    this.#timer ??= setTimeout(this.flush, TELL_COUNTS);
  };

  readonly flush = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#untold !== undefined) post({ kind: 'counts', ...this.#untold });
    this.#untold = undefined;
  };
}

function hear(running: Running, flush: () => void, message: ToJobThread): void {
  const { own, messenger, loggers } = running;
  if (messenger.hear(message)) return;
  switch (message.kind) {
    case 'start':
      return own.loop.start();
    case 'drain':
      return void own.loop.drain().then(() => {
        flush();
        post({ kind: 'drained' });
      });
    case 'end':
      return void own
        .end()
        .catch((error: unknown) => loggers.own.warn('a step on the way out failed:', error))
        .then(() => {
          flush();
          post({ kind: 'ended' });
        });
    case 'ping':
      return post({ kind: 'pong' });
    case 'slot':
      running.slot = message.slot;
      return;
    case 'level':
      return loggers.setLevel(message.order.level, message.order.logger);
    default:
      return;
  }
}

export async function runJobThread(): Promise<void> {
  // Handed over by the main thread, a moment ago.
  const { boot, slot, thread } = workerData as JobThreadBoot;
  const { job, type, baseDir } = boot;
  if (job === undefined) throw new Error('this thread was started without a job');
  const messenger = new ThreadMessenger(post);
  const loggers = new Loggers(new Logger(() => ({ type, slot: running.slot }), { terminal: boot.terminal }));
  const shown = shownPath(job.module, baseDir);
  const { counted, flush } = new CountsTeller();
  const own = new OwnJob({
    context: {
      logger: loggers.own,
      messenger,
      type,
      get slot() {
        return running.slot;
      },
      id: boot.id,
      generation: boot.generation,
      thread,
      env: boot.env,
      baseDir,
    },
    file: job.module,
    settings: job,
    onStep: step => post({ kind: 'step', step: `${step}, in thread ${thread}` }),
    hands: {
      failed: (error, retryIn) => loggers.own.error('a run of %s failed in thread %d; the next one in %d ms:', shown, thread, retryIn, error),
      limitReached: (count, error) => post({ kind: 'limit', error: childErrorOf(tooManyErrors(shown, count, error)) }),
      counted,
    },
  });
  const running: Running = { own, messenger, loggers, slot };
  if (boot.unhandledRejection === 'log') process.on('unhandledRejection', error => loggers.own.error('unhandledRejection:', error));
  parentPort?.on('message', (message: ToJobThread) => hear(running, flush, message));
  try {
    await loadRequired(boot, step => post({ kind: 'step', step }));
    await own.boot();
    post({ kind: 'ready' });
  } catch (error) {
    // The main thread ends this one: what the module has begun would keep it.
    post({ kind: 'failed', error: childErrorOf(error) });
  }
}

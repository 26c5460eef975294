/** The signals of the master. They only change what is wanted. */
import { isatty } from 'node:tty';
import { BroodError } from '../errors.ts';

export interface SignalHands {
  /** Drain everything and end. */
  stop(signal?: string): void;
  /** Do not wait any longer. */
  hurry(): void;
  reload(): void;
  reopenLogs(): void;
}

/** Exit code of a process that a signal ended: 128 + its number (POSIX shells). */
const CODES = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 } as const;

/**
 * TERM and INT drain, a second one ends at once; QUIT ends at once; HUP reloads, unless the terminal that this process
 * was started on has gone; USR1 reopens the log files, as in nginx, where Node.js would open the inspector. The result
 * takes the handlers back.
 */
export function obeySignals(hands: SignalHands): () => void {
  const startedOnTerminal = isatty(0);
  let stopping = false;
  const stop = (signal: 'SIGTERM' | 'SIGINT'): void => {
    if (stopping) {
      process.exitCode = CODES[signal];
      return hands.hurry();
    }
    stopping = true;
    hands.stop(signal);
  };
  const handlers = {
    SIGTERM: () => stop('SIGTERM'),
    SIGINT: () => stop('SIGINT'),
    SIGQUIT: () => {
      process.exitCode = CODES.SIGQUIT;
      stopping = true;
      hands.stop('SIGQUIT');
      hands.hurry();
    },
    SIGHUP: () => {
      if (!startedOnTerminal || isatty(0)) return hands.reload();
      process.exitCode = CODES.SIGHUP;
      if (!stopping) stop('SIGTERM');
    },
    SIGUSR1: () => hands.reopenLogs(),
  } as const;
  for (const [signal, handler] of Object.entries(handlers)) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of Object.entries(handlers)) process.off(signal, handler);
  };
}

/**
 * The option `abort` stops as TERM does. The result takes the listener back.
 *
 * @throws BROOD_START_ABORTED when it is aborted already
 */
export function obeyAbort(abort: AbortSignal, { stop }: Pick<SignalHands, 'stop'>): () => void {
  if (abort.aborted) throw new BroodError('BROOD_START_ABORTED');
  const aborted = (): void => stop();
  abort.addEventListener('abort', aborted);
  return () => abort.removeEventListener('abort', aborted);
}

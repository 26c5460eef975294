/** The signals of the master. They only change what is wanted. */
import { isatty } from 'node:tty';
import { BroodError } from '../errors.ts';

/** What whoever owns the application does beside stop and reload; a signal without its function is left alone. */
export interface FurtherHands {
  /** One app worker more, or one less. */
  readonly scale?: (by: 1 | -1) => void;
  /** Nothing is to run but this process, until the next reload. */
  readonly rest?: () => void;
  /** Another process takes the place of this one. */
  readonly upgrade?: () => void;
  /** Writes down how everything is. */
  readonly dump?: () => void;
}

/** What signals, and messages of Egg, make the caller do once the first start is over. */
export interface OwnersHands extends FurtherHands {
  /** A signal ends the start. */
  starting?: (signal: string | undefined) => void;
  /** Default: the processes of the application do not wait any longer. */
  hurry?: () => void;
  stop(signal?: string): void;
  reload(types?: readonly string[]): void;
}

export interface SignalHands extends FurtherHands {
  /** Drain everything and end. */
  stop(signal?: string): void;
  /** Do not wait any longer. */
  hurry(): void;
  reload(): void;
  reopenLogs(): void;
}

type Handlers = Partial<Record<NodeJS.Signals, () => void>>;

/** Exit code of a process that a signal ended: 128 + its number (POSIX shells). */
const CODES = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 } as const;

/**
 * The same signal within so many milliseconds is the same wish. Ctrl-C goes to the whole foreground group, and `npm start` hands
 * on what it gets besides: where /bin/sh becomes its command (bash; not dash) the master has each signal twice.
 */
const ECHO = 250;

/** Which of the three standard streams are a terminal. */
const terminals = (): readonly number[] => [0, 1, 2].filter(fd => isatty(fd));

/** TERM, INT, QUIT, and HUP of a terminal that has gone. */
export function ending(hands: Pick<SignalHands, 'stop' | 'hurry' | 'reload'>, startedOn: readonly number[], now = (): number => performance.now()): Handlers {
  let stopping = false;
  let first: { readonly signal: NodeJS.Signals; readonly at: number } | undefined;
  const end = (signal: 'SIGTERM' | 'SIGINT'): void => {
    const at = now();
    if (stopping) {
      if (first?.signal === signal && at - first.at < ECHO) return;
      process.exitCode = CODES[signal];
      return hands.hurry();
    }
    stopping = true;
    first = { signal, at };
    hands.stop(signal);
  };
  return {
    SIGTERM: () => end('SIGTERM'),
    SIGINT: () => end('SIGINT'),
    SIGQUIT: () => {
      process.exitCode = CODES.SIGQUIT;
      stopping = true;
      hands.stop('SIGQUIT');
      hands.hurry();
    },
    SIGHUP: () => {
      if (startedOn.length === 0 || startedOn.some(fd => isatty(fd))) return hands.reload();
      process.exitCode = CODES.SIGHUP;
      if (!stopping) end('SIGTERM');
    },
  };
}

/**
 * The kernel itself sends these to what a shell runs beside its terminal (TTIN, TTOU: job control) or shows in it (WINCH:
 * its size has changed), and TTOU again and again for as long as it is caught. On a terminal they are left to it.
 */
const offTerminal = ({ scale, rest }: FurtherHands): Handlers => ({
  ...(scale === undefined ? {} : { SIGTTIN: () => scale(1), SIGTTOU: () => scale(-1) }),
  ...(rest === undefined ? {} : { SIGWINCH: () => rest() }),
});

/** docs/signals.md is the list of them. The result takes the handlers back. */
export function obeySignals(hands: SignalHands): () => void {
  const { upgrade, dump } = hands;
  const startedOn = terminals();
  const handlers: Handlers = {
    ...ending(hands, startedOn),
    // Without a listener Node.js opens its inspector.
    SIGUSR1: () => hands.reopenLogs(),
    ...(upgrade === undefined ? {} : { SIGUSR2: () => upgrade() }),
    ...(dump === undefined ? {} : { SIGPWR: () => dump() }),
    ...(startedOn.length === 0 ? offTerminal(hands) : {}),
  };
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

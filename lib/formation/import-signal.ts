/** The signal that a process of another tool is to end by. */
import { STOP_SIGNALS } from '../care.ts';
import type { StopSignal } from '../care.ts';
import { signalOf } from '../policy/signal-name.ts';
import { isScalar } from './foreign.ts';
import type { Foreign } from './foreign.ts';
import type { Fields } from './imported.ts';

/** What the systems that these files are for call them by number (signal(7), x86 and ARM), whatever this one does. */
const NUMBERS: Readonly<Record<StopSignal, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGTERM: 15,
};

/** `stopSignal`, as the key says (`SIGINT`, `INT` or 2), and a word about it. */
export function stopSignalOf(process: Foreign, key: string): Fields {
  const given = process.get(key);
  if (given === undefined) return {};
  const word = signalOf(isScalar(given) ? String(given) : '', NUMBERS);
  if (word.kind === 'unknown') process.tell(key, 'unsupported', `none of ${STOP_SIGNALS.join(', ')}`);
  else if (word.name === 'SIGTERM') process.tell(key, 'unneeded', 'it is the signal that every process gets');
  else process.tell(key, 'mapped', 'stopSignal');
  return word.kind === 'unknown' || word.name === 'SIGTERM' ? {} : { stopSignal: word.name };
}

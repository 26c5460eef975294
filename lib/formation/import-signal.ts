/** The signal that a process of another tool is to end by. */
import { STOP_SIGNALS } from '../care.ts';
import type { StopSignal } from '../care.ts';
import type { Foreign } from './foreign.ts';
import type { Fields } from './imported.ts';

/** What the systems that these files are for call their signals by number (signal(7), x86 and ARM). */
const NUMBERS: Readonly<Record<string, StopSignal>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  6: 'SIGABRT',
  9: 'SIGKILL',
  10: 'SIGUSR1',
  12: 'SIGUSR2',
  15: 'SIGTERM',
};

/** The signal that a process is to end by: `SIGINT`, `INT` or 2; `undefined` for one that is no such signal here. */
function stopSignalIn(value: unknown): StopSignal | undefined {
  const word = typeof value === 'string' || typeof value === 'number' ? String(value).toUpperCase() : '';
  return (Object.hasOwn(NUMBERS, word) ? NUMBERS[word] : undefined) ?? STOP_SIGNALS.find(name => name === word || name === `SIG${word}`);
}

/** `stopSignal`, as the key says, and a word about it. */
export function stopSignalOf(process: Foreign, key: string): Fields {
  const given = process.get(key);
  if (given === undefined) return {};
  const signal = stopSignalIn(given);
  if (signal === undefined) process.tell(key, 'unsupported', `none of ${STOP_SIGNALS.join(', ')}`);
  else if (signal === 'SIGTERM') process.tell(key, 'unneeded', 'it is the signal that every process gets');
  else process.tell(key, 'mapped', 'stopSignal');
  return signal === undefined || signal === 'SIGTERM' ? {} : { stopSignal: signal };
}

/** Single keys of a terminal, without Enter. */
import { inForeground, readRaw } from '../terminal/raw.ts';

const CTRL_C = '\u0003';
const CTRL_Z = '\u001A';
const CTRL_BACKSLASH = '\u001C';
/** Arrows and the like are several characters (ECMA-48, CSI and SS3), and no key of ours. */
// oxlint-disable-next-line no-control-regex -- what a terminal sends is made of control characters
const SEQUENCE = /\u001B(?:\[[0-?]*[ -/]*[@-~]|O.|.)?/g;

/** Whether there is a terminal to read keys from, and one to answer on. */
export const hasKeys = (): boolean => process.stdin.isTTY && process.stderr.isTTY && inForeground();

/** Calls the function of each key that is pressed, until the result is called. `lost`: called when the terminal has gone. */
export function readKeys(keys: Readonly<Record<string, () => void>>, lost: () => void): () => void {
  const press = (text: string): void => {
    for (const key of text.replaceAll(SEQUENCE, '')) {
      if (key === CTRL_C) process.kill(process.pid, 'SIGINT');
      else if (key === CTRL_BACKSLASH) process.kill(process.pid, 'SIGQUIT');
      else if (key === CTRL_Z) keyboard.suspend();
      else if (Object.hasOwn(keys, key)) keys[key]?.();
    }
  };
  const keyboard = readRaw({ press, lost });
  return keyboard.stop;
}

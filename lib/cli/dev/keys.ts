/** Single keys of a terminal, without Enter. The terminal is given back on every way out. */
import { readFileSync } from 'node:fs';

const CTRL_C = '\u0003';
const CTRL_Z = '\u001A';
const CTRL_BACKSLASH = '\u001C';
/** Arrows and the like are several characters (ECMA-48, CSI and SS3), and no key of ours. */
// oxlint-disable-next-line no-control-regex -- what a terminal sends is made of control characters
const SEQUENCE = /\u001B(?:\[[0-?]*[ -/]*[@-~]|O.|.)?/g;

/** A process that was not stopped after so many milliseconds, since no shell would continue it, goes on with its keys. */
const STOPPED = 100;

/** In the background nothing may be changed about the terminal: the kernel stops whoever tries (SIGTTOU). */
function inForeground(): boolean {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    // After the name, which may hold anything: state, parent, group, session, terminal, group in the foreground.
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return group === foreground;
  } catch {
    // Without /proc there is no telling; a person at a terminal is the usual case.
    return true;
  }
}

/** Whether there is a terminal to read keys from, and one to answer on. */
export const hasKeys = (): boolean => process.stdin.isTTY && process.stderr.isTTY && inForeground();

/** Calls the function of each key that is pressed, until the result is called. `lost`: called when the terminal has gone. */
export function readKeys(keys: Readonly<Record<string, () => void>>, lost: () => void): () => void {
  const { stdin } = process;
  let reading = true;
  const setRaw = (raw: boolean): void => {
    if (stdin.isTTY && stdin.isRaw !== raw && (raw ? reading && inForeground() : true)) stdin.setRawMode(raw);
  };
  const resume = (): void => setRaw(true);
  const suspend = (): void => {
    setRaw(false);
    // What the terminal itself does in its other mode: the whole job stops, with whoever has started us.
    process.kill(0, 'SIGTSTP');
    setTimeout(resume, STOPPED).unref();
  };
  const press = (text: string): void => {
    for (const key of text.replaceAll(SEQUENCE, '')) {
      if (key === CTRL_C) process.kill(process.pid, 'SIGINT');
      else if (key === CTRL_BACKSLASH) process.kill(process.pid, 'SIGQUIT');
      else if (key === CTRL_Z) suspend();
      else if (Object.hasOwn(keys, key)) keys[key]?.();
    }
  };
  const stop = (): void => {
    if (!reading) return;
    reading = false;
    setRaw(false);
    stdin.off('data', press);
    stdin.off('end', lost);
    process.off('SIGCONT', resume);
    process.off('exit', stop);
    stdin.pause();
  };
  setRaw(true);
  stdin.setEncoding('utf8');
  stdin.on('data', press);
  // SIGHUP comes, too, but may come while the terminal is still there, or not at all.
  stdin.on('end', lost);
  stdin.on('error', () => reading && lost());
  process.on('SIGCONT', resume);
  process.on('exit', stop);
  return stop;
}

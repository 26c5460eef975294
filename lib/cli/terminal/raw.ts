/** The keyboard of a terminal, key by key. The terminal is given back on every way out. */
import { statOf } from '../../child/whole-name.ts';

/** A process that was not stopped after so many milliseconds, since no shell would continue it, goes on with its keys. */
const STOPPED = 100;

/** In the background nothing may be changed about the terminal: the kernel stops whoever tries (SIGTTOU). */
export function inForeground(): boolean {
  const stat = statOf(process.pid);
  // Without /proc there is no telling; a person at a terminal is the usual case.
  if (stat === undefined) return true;
  // State, parent, group, session, terminal, group in the foreground.
  const [, , group, , , foreground] = stat;
  return group === foreground;
}

export interface RawKeyboard {
  /** Ends reading, and gives the terminal back. */
  readonly stop: () => void;
  /** Stops the whole job, as the terminal itself does at Ctrl-Z in its other mode. */
  readonly suspend: () => void;
}

export interface RawReader {
  /** What was typed, as the terminal sends it. */
  readonly press: (text: string) => void;
  /** The terminal has gone. */
  readonly lost: () => void;
  /** Before the job stops, and after it goes on. */
  readonly suspended?: () => void;
  readonly resumed?: () => void;
}

export function readRaw({ press, lost, suspended, resumed }: RawReader): RawKeyboard {
  const { stdin } = process;
  let reading = true;
  const setRaw = (raw: boolean): void => {
    if (stdin.isTTY && stdin.isRaw !== raw && (raw ? reading && inForeground() : true)) stdin.setRawMode(raw);
  };
  /** `whom`: 0 for the whole job. Somebody else's SIGTSTP comes here, too: the terminal is given back before we stop. */
  const pause = (whom: number): void => {
    suspended?.();
    setRaw(false);
    process.off('SIGTSTP', pauseAlone);
    // Without a shell that could continue us the kernel does not stop us (POSIX: orphaned process group).
    process.kill(whom, 'SIGTSTP');
    setTimeout(resume, STOPPED).unref();
  };
  const pauseAlone = (): void => pause(process.pid);
  const resume = (): void => {
    if (!reading) return;
    setRaw(true);
    if (!process.listeners('SIGTSTP').includes(pauseAlone)) process.on('SIGTSTP', pauseAlone);
    if (inForeground()) resumed?.();
  };
  const stop = (): void => {
    if (!reading) return;
    reading = false;
    setRaw(false);
    stdin.off('data', press);
    stdin.off('end', lost);
    process.off('SIGCONT', resume);
    process.off('SIGTSTP', pauseAlone);
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
  process.on('SIGTSTP', pauseAlone);
  process.on('exit', stop);
  return { stop, suspend: () => pause(0) };
}

/** What all targets that run containers have in common: the words of a process, and what a shell as process 1 means. Pure. */
import { relativeTo } from './model.ts';
import type { ExportedApp, ExportedProcess } from './model.ts';

const ELSEWHERE = 'cd "$1" && exec /bin/sh -c "$2"';

/** The directory of the application is that of the image; one below it is gone to. */
export function containerWords(app: ExportedApp, process: ExportedProcess): readonly string[] {
  const directory = relativeTo(app, process);
  const { command } = process;
  return directory === '' ? ['/bin/sh', '-c', command] : ['/bin/sh', '-c', ELSEWHERE, 'sh', directory, command];
}

/** A shell becomes the last command of a line if that is all there is to it; else it stays, and as process 1 it hears no SIGTERM. */
const isOneCommand = (line: string): boolean => /^\s*exec\s/.test(line) || !/[;&|(){}`\n]/.test(line.trim());

export function containerNotes(app: ExportedApp): readonly string[] {
  return app.processes.flatMap(process => {
    const { type, command, isRelease } = process;
    return [
      ...(isRelease === true || isOneCommand(command)
        ? []
        : [`${type}: its line is more than one command: the shell is process 1 and hands no SIGTERM on. One that begins with "exec" does`]),
      ...(relativeTo(app, process).startsWith('/') ? [`${type}: ${process.cwd} has to be in the image, too`] : []),
    ];
  });
}

export const imageOf = ({ image }: ExportedApp, name: string): string => image ?? `${name}:latest`;

/** A place in a configuration file, in words. */
import { isAbsolute, relative } from 'node:path';

/** Line and column count from 1, and are left out where they are not known. */
export interface ConfigPlace {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** The path as a person in the working directory would write it. */
export function shownPath(file: string): string {
  const path = relative(process.cwd(), file);
  return path === '' || path.startsWith('..') || isAbsolute(path) ? file : path;
}

/** `brood.config.yaml:3:5` */
export const inWords = ({ file, line, column }: ConfigPlace): string => [shownPath(file), line, column].filter(part => part !== undefined).join(':');

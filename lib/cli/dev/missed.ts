/** What has changed while the rules of what is ignored did: everything is read anew then, and would count as having been so. Pure. */
import { dirname, join } from 'node:path';

/** The state of each file by its name, of each directory that is watched. */
export type States = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * Files that are new, or not as they were. What is seen for the first time because the rules before ignored it (`wasIgnored`) has not changed.
 *
 * @param before has at least the directory that all others are below
 */
export function missed(before: States, now: States, wasIgnored: (path: string, isDirectory: boolean) => boolean): readonly string[] {
  // Nobody may ask for what is below an ignored directory.
  const wasHidden = (directory: string): boolean => !before.has(directory) && (wasHidden(dirname(directory)) || wasIgnored(directory, true));
  return [...now].flatMap(([directory, files]) =>
    [...files].flatMap(([name, state]) => {
      const file = join(directory, name);
      const was = before.get(directory)?.get(name);
      const isOther = was === undefined ? !wasHidden(directory) && !wasIgnored(file, false) : was !== state;
      return isOther ? [file] : [];
    }),
  );
}

/** What has changed while the rules of what is ignored did: everything is read anew then, and would count as having been so. Pure. */
import { dirname, join } from 'node:path';

/** The state of each file by its name, of each directory that is watched. */
export type States = ReadonlyMap<string, ReadonlyMap<string, string>>;

type Ignored = (path: string, isDirectory: boolean) => boolean;

/** Files of `these` that `those` have not, and that their rules do not ignore. */
function lacking(these: States, those: States, isIgnored: Ignored): readonly string[] {
  // Nobody may ask for what is below an ignored directory.
  const isHidden = (directory: string): boolean => !those.has(directory) && (isHidden(dirname(directory)) || isIgnored(directory, true));
  return [...these].flatMap(([directory, files]) =>
    [...files.keys()]
      .filter(name => those.get(directory)?.has(name) !== true)
      .map(name => join(directory, name))
      .filter(file => !isHidden(directory) && !isIgnored(file, false)),
  );
}

/**
 * Files that are new, gone, or not as they were. What is seen for the first time because the rules before ignored it (`wasIgnored`) has not
 * changed, nor has what the rules of now ignore.
 *
 * @param before has, as `now` has, at least the directory that all others are below
 */
export function missed(before: States, now: States, wasIgnored: Ignored, isIgnored: Ignored): readonly string[] {
  const other = [...now].flatMap(([directory, files]) =>
    [...files].filter(([name, state]) => (before.get(directory)?.get(name) ?? state) !== state).map(([name]) => join(directory, name)),
  );
  return [...other, ...lacking(now, before, wasIgnored), ...lacking(before, now, isIgnored)];
}

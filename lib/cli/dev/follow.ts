/** From changed files to a replacement: what is watched, whom it concerns, and the line that says so. */
import { basename, relative } from 'node:path';
import { Concerned } from './concerned.ts';
import type { ApplicationFiles } from './concerned.ts';
import { Ignored } from './ignored.ts';
import { Restless } from './restless.ts';
import { filesInShort } from './screen.ts';
import type { Screen } from './screen.ts';
import type { Session } from './session.ts';
import { Tree } from './tree.ts';

/** A limit of the system on what may be watched, and what lifts it. */
function remedyOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOSPC') return 'the limit of watched directories is reached; raise it: sudo sysctl fs.inotify.max_user_watches=524288';
  if (code === 'EMFILE') return 'the limit of watchers is reached; raise it: sudo sysctl fs.inotify.max_user_instances=1024';
  return message;
}

/** Watches an application and tells `session` of its changes; the result ends that. */
export function follow(application: ApplicationFiles, session: Session, screen: Screen): () => void {
  const { baseDir } = application;
  const warn = (text: string): void => screen.line(`${screen.paint('yellow', 'warning')} ${text}`);
  const shown = (file: string): string => relative(baseDir, file);
  let ignored = new Ignored(baseDir);
  const concerned = new Concerned(application);
  const restless = new Restless(file => warn(`${shown(file)} changes with every start, and is left out from now on; git-ignore it, or write it elsewhere`));
  const changed = (files: readonly string[]): void => {
    if (files.some(file => basename(file) === '.gitignore')) {
      const before = ignored;
      ignored = new Ignored(baseDir);
      tree.refresh((path, isDirectory) => before.has(path, isDirectory));
    }
    // By the rules of now; those may have been part of the change.
    const own = files.filter(file => basename(file) !== '.gitignore' && (concerned.loads(file) || !ignored.has(file, false)));
    // What the application is made of it does not write.
    const loaded = own.filter(file => concerned.loads(file));
    const counted = [
      ...loaded,
      ...restless.without(
        own.filter(file => !loaded.includes(file)),
        session.isStarting,
      ),
    ];
    if (counted.length === 0) return;
    const roles = concerned.by(counted);
    tree.also(concerned.loaded);
    screen.line(`${screen.paint('cyan', filesInShort(counted.map(shown)))} changed`);
    session.replace(roles);
  };
  const tree = new Tree({
    root: baseDir,
    ignored: (path, isDirectory) => ignored.has(path, isDirectory),
    changed,
    polling: error => warn(`${remedyOf(error)}. Until then the files are looked at twice a second.`),
  });
  tree.also(concerned.loaded);
  return () => tree.close();
}

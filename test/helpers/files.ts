/** A directory of files that a test writes, and that is gone after it. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface Files {
  readonly directory: string;
  /** Absolute path of a file in it. */
  readonly path: (name: string) => string;
  /** Writes files, and the directories they are in. */
  readonly write: (contents: Readonly<Record<string, string>>) => void;
}

/** Makes a directory with these files for as long as `use` runs. */
export async function withFiles<Result>(contents: Readonly<Record<string, string>>, use: (files: Files) => Promise<Result> | Result): Promise<Result> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'brood-files-')));
  const path = (name: string): string => join(directory, name);
  const write = (files: Readonly<Record<string, string>>): void => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(path(name)), { recursive: true });
      writeFileSync(path(name), text);
    }
  };
  try {
    write(contents);
    return await use({ directory, path, write });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Programs of Debian that are only compared with or preloaded: unpacked into a folder of their own, nothing is installed. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './daemon.js';

/** Where they are kept from run to run. */
export const CACHE = process.env.BROOD_FAULTS_CACHE ?? join(tmpdir(), 'brood-faults-peers');

/** The path of `file` of these packages; `undefined` where they cannot be had. */
export async function fromDebian(packages, file) {
  const root = join(CACHE, 'debian');
  const path = join(root, file);
  if (existsSync(path)) return path;
  try {
    mkdirSync(root, { recursive: true });
    const fetched = join(CACHE, 'packages');
    mkdirSync(fetched, { recursive: true });
    await run('apt-get', ['download', '-qq', ...packages], { cwd: fetched, within: 60_000 });
    for (const name of packages) {
      const archive = readdirSync(fetched).find(one => one.startsWith(`${name}_`));
      if (archive !== undefined) await run('dpkg', ['-x', join(fetched, archive), root], { cwd: fetched });
    }
  } catch {
    // No Debian: the row is skipped.
  }
  return existsSync(path) ? path : undefined;
}

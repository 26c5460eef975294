/** The programs that run a Procfile: Brood as it was built, foreman as it is installed or as Debian has it, Honcho where it is installed. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { CACHE, fromDebian } from '../../faults/lib/debian.js';
import { root } from './settings.js';

export const TOOLS = ['brood', 'foreman', 'honcho'];

/** Whether there is such a program here. */
export const isThere = name => {
  try {
    execFileSync('/bin/sh', ['-c', `command -v ${name}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** foreman of Debian, unpacked; it needs a Ruby. */
async function foreman() {
  const unpacked = path.join(CACHE, 'debian');
  const program = await fromDebian(['ruby-foreman', 'ruby-thor'], 'usr/bin/foreman');
  if (program === undefined || !isThere('ruby')) return undefined;
  return { words: ['ruby', program], env: { RUBYLIB: path.join(unpacked, 'usr/lib/ruby/vendor_ruby') } };
}

/** What `NAME start` is here. */
export async function toolOf(name) {
  if (name === 'brood') return { words: [process.execPath, path.join(root, 'dist/bin/brood.cjs')], env: {} };
  if (isThere(name)) return { words: [name], env: {} };
  // Honcho is no package of every Debian: only where it is installed (pip install honcho).
  const tool = name === 'foreman' ? await foreman() : undefined;
  if (tool === undefined) throw new Error('it is not installed');
  return tool;
}

/** A small file system for as long as a row needs it. */
import { execFileSync } from 'node:child_process';
import { sleep } from './until.js';

/** Mounts `size` at `directory` and runs `use`; a skipped row where nothing can be mounted. */
export async function onDisk(directory, size, use) {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=755`, 'tmpfs', directory], { stdio: 'ignore' });
  } catch {
    return { measured: {}, checks: {}, skip: 'no file system can be mounted here' };
  }
  try {
    return await use();
  } finally {
    // Whoever still writes there holds it; it goes with the last of them.
    execFileSync('umount', ['-l', directory], { stdio: 'ignore' });
    await sleep(50);
  }
}

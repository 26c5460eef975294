/** Another Node.js than the one that runs the tests: from npm, into a directory that .ci/run uses, too. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const PACKAGE = `node-${process.platform}-${process.arch}`;

/** Path of a Node.js 24: of the variable BROOD_NODE24, or installed for all runs of this machine. */
export function node24(): string {
  const given = process.env['BROOD_NODE24'];
  if (given !== undefined) return given;
  const directory = path.join(os.tmpdir(), 'brood-node24');
  const program = path.join(directory, 'node_modules', PACKAGE, 'bin', 'node');
  if (!existsSync(program)) {
    // Test files run side by side: whoever is first gives it its name.
    const building = mkdtempSync(`${directory}-`);
    const flags = ['--prefix', building, '--ignore-scripts', '--no-save', '--no-package-lock', '--no-audit', '--no-fund'];
    execFileSync('npm', ['install', ...flags, `${PACKAGE}@24`], { stdio: ['ignore', 'ignore', 'inherit'], timeout: 120_000 });
    // Tests run it as another user, too.
    chmodSync(building, 0o755);
    try {
      renameSync(building, directory);
    } catch {
      // Another one was quicker, or one was cut off.
      if (existsSync(program)) rmSync(building, { recursive: true, force: true });
      else {
        rmSync(directory, { recursive: true, force: true });
        renameSync(building, directory);
      }
    }
  }
  return program;
}

/** Whoever writes the configuration file back is killed in the middle of it. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '../lib/until.js';

const TEXT = `# how the shop runs\nworkers: 1 # a worker a core\nprocesses:\n  mail:\n    command: node mail.js\n${'# filling\n'.repeat(500)}`;

/** Writes one number after the other, until it is killed. */
const WRITER = `
const [dist, file] = process.argv.slice(1);
const { writeBack } = await import(dist + '/lib/daemon/config-write.js');
for (let value = 2; ; value++) {
  await writeBack(file, [{ path: ['workers'], value }], { env: 'local', command: 'scale' });
  process.stdout.write('.');
}`;

async function killedWriter(context) {
  const rounds = context.quick ? 8 : 60;
  const file = join(context.directory, 'brood.config.yaml');
  const [name, value] = context.mark.split('=');
  let [whole, written, left] = [0, 0, 0];
  for (let round = 0; round < rounds; round++) {
    writeFileSync(file, TEXT);
    const child = spawn(process.execPath, ['--input-type=module', '-e', WRITER, context.dist, file], {
      env: { ...process.env, [name]: value },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise(resolve => child.stdout.once('data', resolve));
    child.stdout.resume();
    // Another moment of a write each time: one takes about 5 ms.
    await sleep((round * 7) % 23);
    child.kill('SIGKILL');
    await new Promise(resolve => child.once('exit', resolve));
    const found = readFileSync(file, 'utf8');
    if (found.replace(/workers: \d+/, 'workers: 1') === TEXT) whole++;
    if (found !== TEXT) written++;
    left = Math.max(left, readdirSync(context.directory).filter(one => one.startsWith('.brood-new-')).length);
  }
  return {
    measured: { 'killed writers': rounds, 'files that are whole': whole, 'of them with a new value': written, 'temporary files left at most': left },
    checks: { 'old or new, never half': whole === rounds, 'it was at work': written > 0, 'no more left than were killed': left <= rounds },
  };
}

export const rows = [
  {
    id: 'M24',
    title: 'kill during a write-back of the configuration',
    expected: 'the old file or the new one, never half of one',
    quick: true,
    run: killedWriter,
  },
];

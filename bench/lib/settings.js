/** What the command line and the environment ask of a run. */
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const benchDirectory = path.join(root, 'bench');

const USAGE = 'usage: npm run bench -- [row…] [--rounds N] [--seconds N] [--quick] [--only implementation,…]';

/** The settings of this run; ends the process with 2 on a wrong command line. */
export function readSettings(argv = process.argv.slice(2)) {
  const options = { rounds: { type: 'string' }, seconds: { type: 'string' }, quick: { type: 'boolean' }, only: { type: 'string' } };
  let parsed;
  try {
    parsed = parseArgs({ args: argv, options, allowPositionals: true });
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    process.exit(2);
  }
  const { values, positionals } = parsed;
  const quick = values.quick ?? false;
  const rounds = Number(values.rounds ?? (quick ? 1 : 5));
  const seconds = Number(values.seconds ?? (quick ? 0.5 : 1));
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100 || !(seconds > 0 && seconds <= 60)) {
    console.error(`--rounds is 1 to 100, --seconds up to 60\n${USAGE}`);
    process.exit(2);
  }
  return {
    rows: positionals,
    rounds,
    seconds,
    quick,
    only: values.only?.split(','),
    command: ['node bench/run.js', ...argv].join(' '),
    cache: process.env.BROOD_BENCH_CACHE ?? path.join(tmpdir(), 'brood-bench'),
    /** Server on one core and client on the other, where there are two. */
    serverCpu: availableParallelism() > 1 ? '0' : undefined,
    clientCpu: availableParallelism() > 1 ? '1' : undefined,
  };
}

/** `brood stop`: stops types, or the whole application and its master; then nothing of it is left. */
import type { Changed, Stopped } from '../daemon/api.ts';
import { BroodError } from '../errors.ts';
import type { Given } from './command.ts';
import { clientOf, timeoutOf } from './client.ts';
import { gone } from './gone.ts';
import { withProgress } from './progress.ts';
import { took } from './render/units.ts';
import { say } from './tell.ts';

/** Milliseconds that the master may take to end after everything else has. */
const LAST_STEPS = 10_000;

function rowText({ name, pid, took: time, escalated, code, signal }: Stopped): string {
  const how = escalated ? `had to be killed after ${took(time)}` : `ended in ${took(time)}`;
  return `  ${name.padEnd(12)} ${String(pid).padStart(7)}   ${how}${escalated ? '' : signal === null ? (code === 0 ? '' : `, exit code ${code}`) : `, ${signal}`}`;
}

function report({ stopped = [], escapees = [] }: Changed): void {
  for (const row of stopped) say(rowText(row));
  for (const { pid, command } of escapees) say(`  ${'(escaped)'.padEnd(12)} ${String(pid).padStart(7)}   was killed: ${command}`);
}

/** Resolves with the exit code. */
export async function stop(words: readonly string[], given: Given): Promise<number> {
  const client = await clientOf(given);
  const { master, app } = await client.status();
  const order = (): Promise<Changed> =>
    client.order('stop', { ...(words.length === 0 ? {} : { targets: words }), now: given['now'] === true, timeout: timeoutOf(given) });
  const done = given['json'] === true ? await order() : await withProgress(client, { keep: false }, order);
  if (words.length === 0 && !(await gone(master.pid, LAST_STEPS))) {
    throw new BroodError('BROOD_TIMEOUT', {
      command: 'stop',
      timeout: LAST_STEPS,
      remedy: `The master (pid ${master.pid}) still ends; look again: ps -p ${master.pid}`,
    });
  }
  if (given['json'] === true) process.stdout.write(`${JSON.stringify(done)}\n`);
  else {
    report(done);
    say(words.length === 0 ? `Stopped ${app.name} in ${took(done.took)}; nothing is left of it.` : `Stopped ${words.join(', ')} in ${took(done.took)}`);
  }
  return 0;
}

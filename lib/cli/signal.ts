/** `brood signal SIGNAL TARGET…`: hands a signal to the instances that are named, and says who has got it. */
import type { Signalled } from '../daemon/api.ts';
import { clientOf } from './client.ts';
import type { Given } from './command.ts';
import { say, UsageError } from './tell.ts';

export async function signal([name, ...targets]: readonly string[], given: Given): Promise<number> {
  if (name === undefined || targets.length === 0) throw new UsageError('signal takes a signal, and who is to get it: brood signal USR2 web');
  const done = await (await clientOf(given)).signal({ signal: name, targets });
  if (given['json'] === true) process.stdout.write(`${JSON.stringify(done)}\n`);
  else say(`${done.signal} sent to ${done.items.map(({ name: who, pid }) => `${who} (pid ${pid})`).join(', ')}${notTo(done)}`);
  return 0;
}

function notTo({ skipped }: Signalled): string {
  if (skipped.length === 0) return '';
  return `; not to ${skipped.join(', ')}, still starting`;
}

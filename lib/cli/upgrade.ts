/** `brood upgrade`: another master takes the place of the one that runs. */
import { resolve } from 'node:path';
import type { Identity } from '../daemon/api.ts';
import type { Given } from './command.ts';
import { clientOf, timeoutOf } from './client.ts';
import { gone } from './gone.ts';
import { took } from './render/units.ts';
import { say } from './tell.ts';

const nameOf = ({ pid, version, node }: Identity): string => `brood ${version} on Node.js ${node} (pid ${pid})`;

/** Resolves with the exit code. */
export async function upgrade(_words: readonly string[], given: Given): Promise<number> {
  const client = await clientOf(given);
  const { node } = given;
  const body = { node: typeof node !== 'string' ? undefined : node.includes('/') ? resolve(node) : node, timeout: timeoutOf(given) };
  if (given['wait'] === false) {
    await client.begin('upgrade', body);
    say('upgrade has begun; watch it: brood ps -w');
    return 0;
  }
  const done = await client.order('upgrade', body);
  if (given['json'] === true) process.stdout.write(`${JSON.stringify(done)}\n`);
  else if (done.masters !== undefined) {
    const { from, to } = done.masters;
    say(`${nameOf(from)} → ${nameOf(to)} in ${took(done.took)}`);
    const began = performance.now();
    if (await gone(from.pid, Infinity)) say(`The old master has drained and ended after another ${took(performance.now() - began)}`);
  }
  return 0;
}

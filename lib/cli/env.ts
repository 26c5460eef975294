/** `brood env [TARGET]`: the environment that an instance has, as the kernel knows it; values that look like secrets are masked. */
import { readFileSync } from 'node:fs';
import { BroodError } from '../errors.ts';
import { shown } from '../policy/secret-names.ts';
import { clientOf } from './client.ts';
import type { Given } from './command.ts';
import { UsageError } from './tell.ts';

/** The variables of a process of ours, in the order of their names (proc(5), /proc/pid/environ). */
function environmentOf(pid: number): readonly (readonly [string, string])[] {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch (error) {
    throw new BroodError('BROOD_ENVIRONMENT', { pid, reason: error instanceof Error ? error.message : String(error) }, { cause: error });
  }
  const pairs = text.split('\0').filter(line => line.includes('='));
  return pairs.map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Ours, by which children find their way. */
const isOurs = (name: string): boolean => /^(?:BROOD_(?:BOOT|INSTANCE)|NODE_CHANNEL_\w+|NODE_UNIQUE_ID)$/.test(name);

export async function env(words: readonly string[], given: Given): Promise<number> {
  if (words.length > 1) throw new UsageError('one instance at a time');
  const client = await clientOf(given);
  const { items } = await client.status();
  const wanted = words[0] ?? items.find(({ type }) => type !== 'agent')?.name ?? 'agent';
  const { name, current } = await client.inspect(wanted.includes('.') || wanted === 'agent' ? wanted : `${wanted}.*`);
  const instance = current.at(-1);
  if (instance === undefined) throw new BroodError('BROOD_TARGET_UNKNOWN', { target: name, suggestion: 'It does not run now: brood ps' });
  const reveal = given['reveal'] === true;
  const variables = environmentOf(instance.pid)
    .filter(([key]) => !isOurs(key))
    .map(([key, value]) => [key, reveal ? value : shown(key, value)] as const);
  if (given['json'] === true)
    process.stdout.write(`${JSON.stringify({ apiVersion: 1, kind: 'Environment', name, variables: Object.fromEntries(variables) })}\n`);
  else for (const [key, value] of variables) process.stdout.write(`${key}=${value}\n`);
  return 0;
}

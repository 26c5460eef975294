/** From the files of a log hub back to the bytes that an instance has written. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readHead } from '../../../lib/policy/log-line.ts';

/** The rotated files of a type and the current one, oldest first. */
export function filesOf(directory: string, type: string): readonly string[] {
  const rank = (name: string): number => (name === `${type}.log` ? Infinity : Number(/\.(\d+)$/.exec(name.replace(/\d{4}-\d\d-\d\d/, ''))?.[1] ?? 0));
  return readdirSync(directory)
    .filter(name => name === `${type}.log` || name.startsWith(`${type}.log.`))
    .toSorted((a, b) => rank(a) - rank(b))
    .map(name => join(directory, name));
}

/** Every byte of one stream of the instances with this name; each row has to have a head. */
export function bytesBack(
  directory: string,
  type: string,
  { name = `${type}.1`, stream = 'stdout' }: { readonly name?: string; readonly stream?: string } = {},
): Buffer {
  const text = filesOf(directory, type)
    .map(file => readFileSync(file, 'latin1'))
    .join('');
  const parts: string[] = [];
  for (const row of text.split('\n').slice(0, -1)) {
    const head = readHead(row, 0);
    if (head === undefined) throw new Error(`a row without a head: ${row.slice(0, 200)}`);
    if (head.name === name && head.stream === stream) parts.push(row.slice(head.end), head.part === '' || head.part === '<' ? '\n' : '');
  }
  return Buffer.from(parts.join(''), 'latin1');
}

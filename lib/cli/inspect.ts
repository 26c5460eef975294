/** `brood inspect NAME…`: what runs under a name, how it is started, and every end that it has had. */
import { API_VERSION } from '../daemon/api.ts';
import type { Inspection, Status } from '../daemon/api.ts';
import { clientOf } from './client.ts';
import type { Given } from './command.ts';
import { hasColour } from './render/colours.ts';
import { inspectText } from './render/inspection.ts';
import { rowsOf } from './render/rows.ts';
import { UsageError } from './tell.ts';
import { which } from './which.ts';

const namesIn = (status: Status): readonly string[] => [...new Set(rowsOf(status, 0).map(({ name }) => name))];

/** A name is asked for as it is: it may have a history, and no place any more. A type or a pattern names what there is. */
function expand(word: string, status: Status): readonly string[] {
  if (/^[\w-]+\.\d+$/.test(word) || word === 'agent') return [word];
  const only = which([word], status);
  const rows = rowsOf(status, 0).filter(({ name, type }) => only(name, type));
  return [...new Set(rows.map(({ name }) => name))];
}

const textOf = (inspection: Inspection): string =>
  inspectText(inspection, { width: process.stdout.isTTY ? process.stdout.columns || 80 : Infinity, colour: hasColour(process.stdout), now: Date.now() }).join(
    '\n',
  );

/** Resolves with the exit code. */
export async function inspect(words: readonly string[], given: Given): Promise<number> {
  const client = await clientOf(given);
  if (given['dump'] === true) {
    process.stdout.write(await client.text('/v1/dump'));
    return 0;
  }
  const status = await client.status();
  if (words.length === 0) throw new UsageError(`inspect needs a name; there are: ${namesIn(status).join(', ')}`);
  const names = [...new Set(words.flatMap(word => expand(word, status)))];
  const inspections: Inspection[] = [];
  for (const name of names) inspections.push(await client.inspect(name));
  const [first] = inspections;
  if (given['json'] === true) {
    const single = words.length === 1 && inspections.length === 1;
    process.stdout.write(`${JSON.stringify(single ? first : { apiVersion: API_VERSION, kind: 'InstanceList', items: inspections })}\n`);
  } else process.stdout.write(`${inspections.map(textOf).join('\n\n')}\n`);
  return 0;
}

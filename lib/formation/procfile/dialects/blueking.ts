/** Reads as BlueKing does: YAML, one mapping. */
import { nameFaults } from '../names.ts';
import { MOST_YAML } from '../procfile.ts';
import type { ReadYaml } from '../procfile.ts';
import { BLUEKING_MOST, BLUEKING_NAME } from '../profile.ts';
import { mappingOf } from '../read-mapping.ts';
import type { Pair } from '../read-mapping.ts';
import type { Reading } from './tool.ts';
import { alsoIn } from './why.ts';

const PORT = 5000;

function readingOf({ name, command, isEmpty }: Pair): Reading {
  if (isEmpty) return { fate: 'error', why: 'it has no command' };
  if (command === undefined) return { fate: 'error', why: 'the command is no text' };
  const faults = nameFaults(name, BLUEKING_NAME);
  if (faults.length > 0) return { fate: 'error', why: `a name cannot be so: ${faults.join(', ')}` };
  return { fate: 'process', name, command, port: PORT, starts: 'yes' };
}

/** What stands in several lines is one command. */
function inner({ line, end }: Pair, readings: Map<number, Reading>): void {
  for (let number = line + 1; number <= end; number++) readings.set(number, { fate: 'ignored', why: `it is a part of the command of line ${line}` });
}

export function readAsBlueKing(text: string, yaml: ReadYaml): ReadonlyMap<number, Reading> {
  if (text.length > MOST_YAML) return new Map([[1, { fate: 'error', why: `more than ${MOST_YAML / 1024} KiB of YAML` }]]);
  const readings = new Map<number, Reading>();
  const mapping = mappingOf(text, yaml);
  if (mapping.kind === 'other') return new Map([[1, { fate: 'error', why: `the file is ${mapping.what} in YAML, and no mapping` }]]);
  const last = new Map(mapping.pairs.map(pair => [pair.name, pair]));
  let count = 0;
  for (const pair of mapping.pairs) {
    const counts = last.get(pair.name) ?? pair;
    inner(pair, readings);
    if (counts !== pair) readings.set(pair.line, { fate: 'ignored', why: `${alsoIn(counts.line)}, and counts` });
    else if (++count > BLUEKING_MOST) readings.set(pair.line, { fate: 'error', why: `more than ${BLUEKING_MOST} processes` });
    else readings.set(pair.line, readingOf(pair));
  }
  if (mapping.fault !== undefined) readings.set(mapping.fault.place.line, { fate: 'error', why: `YAML: ${mapping.fault.reason}` });
  return readings;
}

/** Reads as Heroku does, by the grammar of its buildpack for Procfiles. */
import { HEROKU_NAME } from '../profile.ts';
import { nameFaults } from '../names.ts';
import { isBlank, isComment } from '../lines.ts';
import type { Reading, SourceLine } from './tool.ts';
import { alsoIn, together, whyNone } from './why.ts';

const ENTRY = /^(?<indent>[ \t]*)(?<name>[\w-]+):[ \t]*(?<command>.*)$/s;

interface Found {
  readonly number: number;
  readonly name: string;
  readonly command: string;
  readonly why: string | undefined;
}

function lineOf({ number, text }: SourceLine): Found | Reading | undefined {
  const line = text.replace(/\r$/, '');
  if (isBlank(line) || isComment(line)) return undefined;
  const { indent = '', name: written = '', command = '' } = ENTRY.exec(line)?.groups ?? {};
  if (isBlank(command)) return { fate: 'error', why: whyNone(line, false) };
  const name = written.toLowerCase().replaceAll('_', '-');
  const faults = nameFaults(name, HEROKU_NAME);
  if (faults.length > 0) return { fate: 'error', why: `a name cannot be so: ${faults.join(', ')}` };
  return {
    number,
    name,
    command,
    why: together([indent === '' ? undefined : 'it leaves out the blanks before the name', name === written ? undefined : 'renamed, with a warning']),
  };
}

function readingOf({ name, command, why }: Found): Reading {
  const starts = name === 'release' ? 'no' : name === 'web' ? 'yes' : 'when-scaled';
  const reasons = together([why, name === 'release' ? 'it runs once before each release' : undefined]);
  return { fate: 'process', name, command, port: undefined, starts, ...(reasons !== undefined && { why: reasons }) };
}

export function readAsHeroku(lines: readonly SourceLine[]): ReadonlyMap<number, Reading> {
  const readings = new Map<number, Reading>();
  const last = new Map<string, Found>();
  for (const line of lines) {
    const found = lineOf(line);
    if (found === undefined) continue;
    if ('fate' in found) {
      readings.set(line.number, found);
      continue;
    }
    const before = last.get(found.name);
    if (before !== undefined) readings.set(before.number, { fate: 'ignored', why: `${alsoIn(found.number)}, and counts` });
    last.set(found.name, found);
    readings.set(found.number, readingOf(found));
  }
  return readings;
}

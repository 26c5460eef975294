/** Reads as Brood itself does: what is said of a line is the reason. */
import { PORTS_OF_TYPE } from '../../from-procfile.ts';
import { parseProcfile } from '../parse.ts';
import type { Remark } from '../../remark.ts';
import type { Reading } from './tool.ts';
import { together } from './why.ts';

/** PORT is by the place in the whole file. */
const portOf = (place: number, base: number): number => base + PORTS_OF_TYPE * place;

/** The first line of a file without a process stands for the file. */
export function readAsBrood(text: string, base: number): ReadonlyMap<number, Reading> {
  const { entries, remarks } = parseProcfile(text);
  const byLine = new Map<number, Remark[]>();
  for (const remark of remarks) byLine.set(remark.line ?? 0, [...(byLine.get(remark.line ?? 0) ?? []), remark]);
  const readings = new Map<number, Reading>();
  for (const [line, all] of byLine) {
    const isWrong = all.some(({ level }) => level === 'error');
    if (line > 0)
      readings.set(line, {
        fate: isWrong ? 'error' : 'ignored',
        why: together(all.filter(({ level }) => !isWrong || level === 'error').map(({ message }) => message)) ?? '',
      });
  }
  for (const [place, { name, command, line }] of entries.entries()) {
    const before = readings.get(line);
    if (before?.fate === 'error') continue;
    const why = before?.fate === 'ignored' ? { why: before.why } : {};
    const isRelease = name === 'release';
    readings.set(line, { fate: 'process', name, command, port: isRelease ? undefined : portOf(place, base), starts: isRelease ? 'no' : 'yes', ...why });
  }
  return readings;
}

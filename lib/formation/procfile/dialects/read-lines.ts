/** Reads as a tool does that reads line by line: each line by itself, then what they are together. */
import { characterName, PYTHON_LINE_END } from '../characters.ts';
import { NAMES } from './line-dialect.ts';
import type { LineDialect } from './line-dialect.ts';
import type { Outcome, Reading, SourceLine } from './tool.ts';
import { alsoIn, oddName, secondCommand, together, whyNone } from './why.ts';

type Process = Extract<Outcome, { readonly kind: 'process' }>;

function pieceOutcome(text: string, { entry, trims, checksNames, wantsBlank, isNothing, stray }: LineDialect): Outcome {
  if (isNothing(text)) return undefined;
  const { name: written, command: rest } = entry.exec(text)?.groups ?? {};
  if (written === undefined || rest === undefined) return { kind: stray, why: whyNone(text, wantsBlank === true) };
  // The trim of Go and of the web leaves a byte order mark in a name.
  const name = trims === true ? written.replaceAll(/^[^\S\uFEFF]+|[^\S\uFEFF]+$/g, '') : written;
  const command = trims === true ? rest.trim() : rest;
  if (name === '') return { kind: 'ignored', why: 'nothing stands before the colon' };
  if (command === '' && checksNames) return { kind: stray, why: 'it has no command' };
  const why = together([NAMES.test(name) ? undefined : oddName(name), command.trim() === '' ? 'the command is nothing but blanks' : undefined]);
  return { kind: 'process', name, command, ...(why !== undefined && { why }) };
}

/** A line of the source may be several to a tool: the first process in it counts, the others are named. */
function lineOutcome({ text, isLast }: SourceLine, dialect: LineDialect): Outcome {
  const [first, ...others] = dialect.linesIn(text, isLast).map(piece => pieceOutcome(piece, dialect));
  if (others.length === 0) return first;
  const processes = [first, ...others].filter((one): one is Process => one?.kind === 'process');
  const [own, ...more] = processes;
  if (own === undefined) return first ?? others.find(one => one !== undefined);
  const ends = PYTHON_LINE_END.exec(text.replace(/\r$/, ''))?.[0];
  if (ends === undefined) return own;
  const names = more.map(({ name }) => name).join(', ');
  return { ...own, why: `${characterName(ends)} ends the line${names === '' ? '' : `, and begins ${names}`}` };
}

interface Numbered {
  readonly number: number;
  readonly process: Process;
}

/** By the name, every line that has it. */
function linesByName(processes: readonly Numbered[]): ReadonlyMap<string, readonly number[]> {
  const lines = new Map<string, number[]>();
  for (const { number, process } of processes) {
    const known = lines.get(process.name);
    if (known === undefined) lines.set(process.name, [number]);
    else known.push(number);
  }
  return lines;
}

function releaseWhy(name: string, { endsTogether }: LineDialect): string | undefined {
  if (name !== 'release') return undefined;
  return endsTogether ? 'it starts like a server, and stops the others when it ends' : 'it starts like a server';
}

function processReading(
  { name, command, why }: Process,
  port: number,
  { dialect, repeats, isForego }: { readonly dialect: LineDialect; readonly repeats?: string; readonly isForego: boolean },
): Reading {
  const cut = isForego ? secondCommand(command) : undefined;
  const all = name === 'all' && dialect.everything !== undefined ? `in ${dialect.everything} "all" means every process` : undefined;
  const reasons = together([why, repeats, cut === undefined ? undefined : `only what stands before ${cut} runs`, releaseWhy(name, dialect), all]);
  return { fate: 'process', name, command, port, starts: 'yes', ...(cut !== undefined && { differs: true }), ...(reasons !== undefined && { why: reasons }) };
}

/** What becomes of each line; lines without anything in them have no reading. */
export function readLines(
  lines: readonly SourceLine[],
  dialect: LineDialect,
  { isForego, base }: { readonly isForego: boolean; readonly base: number },
): ReadonlyMap<number, Reading> {
  const readings = new Map<number, Reading>();
  const processes: Numbered[] = [];
  for (const line of lines) {
    const outcome = lineOutcome(line, dialect);
    if (outcome?.kind === 'process') processes.push({ number: line.number, process: outcome });
    else if (outcome !== undefined) readings.set(line.number, { fate: outcome.kind, why: outcome.why });
  }
  const byName = linesByName(processes);
  const places = new Map<string, number>();
  for (const [index, { number, process }] of processes.entries()) {
    const same = byName.get(process.name) ?? [];
    const before = same[0] ?? number;
    const last = same.at(-1) ?? number;
    const place = dialect.repeats === 'last' ? (places.get(process.name) ?? places.size) : index;
    places.set(process.name, place);
    if (dialect.repeats === 'last' && last !== number) readings.set(number, { fate: 'ignored', why: `${alsoIn(last)}, and counts` });
    else if (dialect.repeats === 'error' && before !== number) readings.set(number, { fate: 'error', why: alsoIn(before) });
    else {
      const repeats = dialect.repeats === 'both' && before !== number ? { repeats: `${alsoIn(before)}, and both run` } : {};
      readings.set(number, processReading(process, dialect.port(place, base), { dialect, isForego, ...repeats }));
    }
  }
  return readings;
}

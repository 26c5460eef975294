/** The text of a Procfile → its processes, and what is to be said of every line that is not simply one. */
import { isFatal } from '../remark.ts';
import type { Remark } from '../remark.ts';
import { quoted } from './characters.ts';
import { Judge } from './judge.ts';
import { linesOf } from './lines.ts';
import { RULES } from './profile.ts';
import type { Profile } from './profile.ts';
import { MOST_CHARACTERS, MOST_YAML } from './procfile.ts';
import type { Procfile, ProcfileEntry, ReadYaml } from './procfile.ts';
import { readLine } from './read-line.ts';
import { readMapping } from './read-mapping.ts';
import { withoutRepeats } from './repeats.ts';

export type { Procfile, ProcfileEntry, ReadYaml } from './procfile.ts';

interface Common {
  /** What could be read in more than one way is run all the same: the last one of a name counts, and what is nothing is left out. */
  readonly lenient?: boolean | undefined;
}
export type ProcfileOptions =
  | (Common & { readonly profile?: Exclude<Profile, 'blueking'> | undefined; readonly yaml?: ReadYaml })
  | (Common & { readonly profile: 'blueking'; readonly yaml: ReadYaml });

const byPlace = (a: Remark, b: Remark): number => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);

/** Names that stand before a colon, by a glance. */
const namesIn = (lines: readonly string[]): ReadonlySet<string> => new Set(lines.flatMap(line => /^[ \t]*([\w-]+)[ \t]*:/.exec(line)?.[1] ?? []));

function tooMany(entries: readonly ProcfileEntry[], judge: Judge): void {
  const { mostProcesses: most, name } = judge.profile;
  if (most === undefined) return;
  const over = entries.length - most;
  for (const one of entries.slice(most))
    judge.tell('too-many', { line: one.line, column: one.column }, { who: name?.rule.who ?? '', most, name: quoted(one.name), over });
}

/** What each line says, and what is to be said of it; of a file with mistakes, too. */
export function parseProcfile(text: string, options: ProcfileOptions = {}): Procfile {
  const { profile = 'foreman', lenient = false } = options;
  const most = options.profile === 'blueking' ? MOST_YAML : MOST_CHARACTERS;
  const isLarge = text.length > most;
  const { lines, hasMark } = linesOf(isLarge ? '' : text);
  const judge = new Judge(RULES[profile], lenient, namesIn(lines));
  if (isLarge) {
    judge.tell('too-large', {}, { most: `${most / 1024} KiB` });
    return { entries: [], remarks: judge.remarks };
  }
  if (hasMark) judge.tell('byte-order-mark', { line: 1, column: 1 });
  const read = options.profile === 'blueking' ? readMapping(text, options.yaml, judge) : lines.flatMap((line, index) => readLine(line, index + 1, judge) ?? []);
  const entries = withoutRepeats(read, judge);
  tooMany(entries, judge);
  if (entries.length === 0 && !isFatal(judge.remarks)) judge.tell('empty-file', {});
  return { entries, remarks: judge.remarks.sort(byPlace) };
}

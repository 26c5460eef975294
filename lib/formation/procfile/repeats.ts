/** Names that stand in a Procfile more than once. */
import { quoted } from './characters.ts';
import type { Judge } from './judge.ts';
import type { ProcfileEntry } from './procfile.ts';

/** Read strictly, all of them, each but the first with an error; leniently the last of each name, and a warning where one is left out. */
export function withoutRepeats(entries: readonly ProcfileEntry[], judge: Judge): readonly ProcfileEntry[] {
  if (judge.isLenient) {
    const last = new Map(entries.map(entry => [entry.name, entry]));
    return entries.filter(entry => {
      const { name, line, column } = entry;
      const counts = last.get(name) ?? entry;
      if (counts !== entry) judge.tell('overridden-name', { line, column }, { name: quoted(name), line: counts.line });
      return counts === entry;
    });
  }
  const first = new Map<string, number>();
  for (const { name, line, column } of entries) {
    const before = first.get(name);
    if (before === undefined) first.set(name, line);
    else judge.tell('duplicate-name', { line, column }, { name: quoted(name), first: before, line });
  }
  return entries;
}

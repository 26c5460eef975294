/** What `brood doctor` and `brood check` have found, as lines. */
import type { Finding } from '../../policy/doctor.ts';
import type { Paint } from './colours.ts';

const MARKS = { ok: ['green', '✔'], note: ['blue', '·'], warning: ['yellow', '!'], error: ['red', '✘'] } as const;

/** The mark, what was looked at, what is so; below it the source, where there is one, and what to do. */
export function findingLines({ check, level, text, remedy, frame }: Finding & { readonly frame?: string }, paint: Paint): readonly string[] {
  const [style, mark] = MARKS[level];
  const below = (part: string | undefined, indent: number): readonly string[] => (part?.split('\n') ?? []).map(line => (' '.repeat(indent) + line).trimEnd());
  return [`${paint(style, mark)} ${check.padEnd(12)} ${text}`].concat(below(frame, 2), below(remedy, 15));
}

/** One line for all of them; `well`: when there is nothing to say. */
export function summaryOf(findings: readonly Finding[], well: string): string {
  const count = (level: Finding['level']): number => findings.filter(finding => finding.level === level).length;
  const parts = [
    [count('error'), 'to mend'],
    [count('warning'), 'to think about'],
  ] as const;
  const said = parts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`);
  return said.length === 0 ? well : said.join(', ');
}

export const isBad = (findings: readonly Finding[]): boolean => findings.some(({ level }) => level === 'error');

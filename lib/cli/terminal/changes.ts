/** What a terminal is sent so that it shows these lines: only those that differ, in one piece. Pure. */
import { cut, displayWidth } from '../render/width.ts';

const CSI = '\u001B[';
/** What comes between is shown at once by terminals that know it, and ignored by others (synchronized output, mode 2026). */
const BEGIN = `${CSI}?2026h`;
const END = `${CSI}?2026l`;

/** The alternate buffer (1049), no cursor (25), no wrapping at the edge (7): as of xterm. */
export const ENTER = `${CSI}?1049h${CSI}?25l${CSI}?7l${CSI}2J`;
export const LEAVE = `${END}${CSI}0m${CSI}?7h${CSI}?25h${CSI}?1049l`;
export const CLEAR = `${CSI}0m${CSI}2J`;

/** `before`: what is shown now; undefined: unknown, everything is drawn. */
export function changes(before: readonly string[] | undefined, after: readonly string[], columns: number): string {
  const sent: string[] = [];
  for (const [index, line] of after.entries()) {
    if (before?.[index] === line) continue;
    const text = cut(line, columns);
    // After the last column the cursor stands on it: erasing would take the character away.
    const rest = displayWidth(text) < columns ? `${CSI}K` : '';
    sent.push(`${CSI}${index + 1};1H${CSI}0m${text}${CSI}0m${rest}`);
  }
  for (let index = after.length; index < (before?.length ?? 0); index++) sent.push(`${CSI}${index + 1};1H${CSI}0m${CSI}K`);
  return sent.length === 0 ? '' : BEGIN + sent.join('') + END;
}

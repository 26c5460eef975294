/** Remarks for people: the place, what is there, the line with a caret below the column, what to do. */
import { counted } from '../policy/plural.ts';
import { shownLine } from '../policy/secret-names.ts';
import { lineFrame, shownAt } from '../policy/source-frame.ts';
import type { Shown } from '../policy/source-frame.ts';
import type { Remark } from './remark.ts';

/** Each is shown with its line; who has more of them begins at the top. */
const MOST_BLOCKS = 20;

/** `Procfile:3:1` */
export const placeOf = (file: string, { line, column }: Remark): string => [file, line, column].filter(part => part !== undefined).join(':');

/**
 * Makes of a place the line there, with its caret; of a remark about the whole file, or about a text that was not read, nothing. A byte order mark takes no column.
 * Secrets are masked: without `shown` those of a line of a Procfile.
 */
export function framer(text: string, shown: Shown = shownLine): (remark: Remark) => readonly string[] {
  const lines = text === '' ? [] : text.replace(/^\uFEFF/, '').split(/\r?\n/);
  return ({ line, column }) => {
    const source = line === undefined ? undefined : lines[line - 1];
    return line === undefined || source === undefined ? [] : lineFrame(...shownAt(source, { line, ...(column === undefined ? {} : { column }) }, shown));
  };
}

/** A block of lines for each remark; of more than twenty only the number. `file`: as it is named to a person. */
export function remarkBlocks(file: string, text: string, remarks: readonly Remark[], shown?: Shown): readonly string[] {
  const frame = framer(text, shown);
  const blocks = remarks
    .slice(0, MOST_BLOCKS)
    .map(remark => [`${placeOf(file, remark)}: ${remark.message}`, ...frame(remark), `  ${remark.remedy}`].join('\n'));
  const rest = remarks.length - blocks.length;
  return rest > 0 ? [...blocks, `and ${rest} more`] : blocks;
}

/** Beside mistakes, a warning says that it is one. */
export const withLevel = (remark: Remark): Remark => (remark.level === 'warning' ? { ...remark, message: `warning: ${remark.message}` } : remark);

/** `1 mistake, 2 warnings`: how many blocks are shown. */
export function mistakesOf(remarks: readonly Remark[]): string {
  const of = (level: Remark['level']): number => remarks.filter(one => one.level === level).length;
  return [counted(of('error'), 'mistake'), ...(of('warning') === 0 ? [] : [counted(of('warning'), 'warning')])].join(', ');
}

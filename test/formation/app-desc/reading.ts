/** What the tests of descriptions have in common. */
import { readAppDesc } from '../../../lib/formation/app-desc/read.ts';
import type { ReadOptions } from '../../../lib/formation/app-desc/read.ts';
import type { AppDescription, DescEnvironment } from '../../../lib/formation/app-desc/types.ts';
import type { Remark } from '../../../lib/formation/remark.ts';

/** The description, which has to be one. */
export function described(text: string, environment: DescEnvironment = 'stag', options: Partial<ReadOptions> = {}): AppDescription {
  const { description, remarks } = readAppDesc(text, { environment, ...options });
  if (description === undefined) throw new Error(remarks.map(({ message }) => message).join('\n'));
  return description;
}

export const remarksOf = (text: string, options: Partial<ReadOptions> = {}): readonly Remark[] =>
  readAppDesc(text, { environment: 'stag', ...options }).remarks;

/** `rule line:column` of those of a level. */
export const placesOf = (text: string, level: Remark['level'] = 'error', options: Partial<ReadOptions> = {}): readonly string[] =>
  remarksOf(text, options)
    .filter(remark => remark.level === level)
    .map(({ rule, line, column }) => `${rule} ${line ?? '-'}:${column ?? '-'}`);

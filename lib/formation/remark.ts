/** What was noticed while a formation file was read: a place, what is there, and what to do about it. */

/** `error`: it cannot be run so; `warning`: it is run, and may not mean what was meant; `note`: it is known, and nothing is done with it here. */
export type RemarkLevel = 'error' | 'warning' | 'note';

export interface Remark {
  readonly level: RemarkLevel;
  /** What kind of thing it is, for programs: `duplicate-name`, `unknown-key`. */
  readonly rule: string;
  /** In one sentence, without the place. */
  readonly message: string;
  readonly remedy: string;
  /** Line and column count from 1; columns are characters (UTF-16 units), a byte order mark is none. */
  readonly line?: number;
  readonly column?: number;
}

/** Whether the file cannot be run. */
export const isFatal = (remarks: readonly Remark[]): boolean => remarks.some(({ level }) => level === 'error');

/** One thing that `brood check` has found, and what makes one of an error or a remark. */
import type { BroodError } from '../errors.ts';
import { placeOf } from '../formation/remark-blocks.ts';
import type { Remark } from '../formation/remark.ts';
import type { Finding } from '../policy/doctor.ts';
import { shownPath } from './config-place.ts';

/** A finding; of a mistake in the configuration with its code and place, of one in another file with its rule. */
export interface CheckFinding extends Finding {
  readonly code?: string;
  readonly rule?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly frame?: string;
}

export const ok = (check: string, text: string): CheckFinding => ({ check, level: 'ok', text });
export const wrong = (check: string, text: string, remedy: string): CheckFinding => ({ check, level: 'error', text, remedy });
export const doubtful = (check: string, text: string, remedy: string): CheckFinding => ({ check, level: 'warning', text, remedy });

export function findingOf(check: string, { code, message, hint, details }: BroodError): CheckFinding {
  const { file, line, column, frame } = details;
  return {
    ...wrong(check, message, hint),
    code,
    ...(typeof file === 'string' && { file }),
    ...(typeof line === 'number' && { line }),
    ...(typeof column === 'number' && { column }),
    ...(typeof frame === 'string' && { frame }),
  };
}

/** `frame`: the line that a remark is about. */
export const remarkFinding =
  (check: string, file: string, frame: (remark: Remark) => readonly string[]) =>
  (remark: Remark): CheckFinding => {
    const { level, rule, message, remedy, line, column } = remark;
    const shown = frame(remark);
    return {
      check,
      level,
      text: `${placeOf(shownPath(file), remark)}: ${message}`,
      remedy,
      rule,
      file,
      ...(line !== undefined && { line }),
      ...(column !== undefined && { column }),
      ...(shown.length > 0 && { frame: shown.join('\n') }),
    };
  };

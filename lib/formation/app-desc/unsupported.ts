/** The rule of a description whose version is not read; apart from the reader, so that who only asks does not load the package for YAML. */
import type { Remark } from '../remark.ts';

export const UNSUPPORTED = 'unsupported-version';

/** Whether the file is of a version that is not read, which a Procfile beside it makes good. */
export const isUnsupported = (remarks: readonly Remark[]): boolean => remarks.some(({ rule }) => rule === UNSUPPORTED);

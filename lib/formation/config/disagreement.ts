/** A mistake in what the keys of one object say together. */
import type { ErrorCode, ErrorDetails } from '../../errors.ts';

/** A mistake in what an object says as a whole. `at`: the way from the object to what is pointed at; the object itself when left out. */
export interface Disagreement {
  readonly code: ErrorCode;
  readonly at?: readonly (string | number)[];
  readonly part?: 'key' | 'value';
  readonly details: ErrorDetails;
}
export type Given = Readonly<Record<string, unknown>>;
export type Agree = (given: Given) => readonly Disagreement[];

/** A coded error as the control API tells it, and back. */
import { errorTable } from '../errors.ts';
import type { BroodError, ErrorCode } from '../errors.ts';
import { API_VERSION } from './api.ts';
import type { Problem } from './api.ts';

export function problemOf(error: BroodError): Problem {
  const { frame, lastLines, name } = error.details;
  const { cause } = error;
  return {
    apiVersion: API_VERSION,
    kind: 'Error',
    error: {
      code: error.code,
      message: error.message,
      hint: error.hint,
      exit: error.exitCode,
      ...(cause instanceof Error ? { cause: cause.stack ?? cause.message } : {}),
      ...(typeof frame === 'string' ? { frame } : {}),
      ...(typeof name === 'string' ? { instance: name } : {}),
      ...(typeof lastLines === 'string' && lastLines !== '' ? { lastLines: lastLines.split('\n') } : {}),
    },
  };
}

const isCode = (code: string): code is ErrorCode => Object.hasOwn(errorTable, code);

/** An error with the words of the master; its templates are filled already. */
export class RemoteError extends Error {
  /** The command line is several bundles, each with a copy of this class. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'RemoteError';
  }

  readonly code: string;
  readonly hint: string;
  readonly exitCode: number;
  readonly problem: Problem['error'];

  constructor({ error }: Problem) {
    super(error.message);
    this.name = 'RemoteError';
    this.code = isCode(error.code) ? error.code : 'BROOD_CONTROL_REQUEST';
    this.hint = error.hint;
    this.exitCode = error.exit;
    this.problem = error;
  }
}

export function isProblem(value: unknown): value is Problem {
  if (typeof value !== 'object' || value === null || !('kind' in value) || value.kind !== 'Error' || !('error' in value)) return false;
  const { error } = value;
  return typeof error === 'object' && error !== null && 'message' in error && 'exit' in error && typeof error.exit === 'number';
}

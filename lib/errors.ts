/** The one table of coded errors: what is wrong, what to do, and the exit code of the CLI. */
import { APP_DESC_ERRORS } from './errors/app-desc.ts';
import { APPLICATION_ERRORS } from './errors/application.ts';
import { CONFIG_ERRORS } from './errors/config.ts';
import { DAEMON_ERRORS } from './errors/daemon.ts';
import type { ErrorEntry } from './errors/entry.ts';
import { FORMATION_ERRORS } from './errors/formation.ts';
import { EXPORT_ERRORS } from './errors/export.ts';
import { JOB_ERRORS } from './errors/jobs.ts';
import { MAIL_ERRORS } from './errors/mail.ts';
import { NATIVE_ERRORS } from './errors/native.ts';
import { OUTPUT_ERRORS } from './errors/output.ts';
import { RPC_ERRORS } from './errors/rpc.ts';
import { START_ERRORS } from './errors/start.ts';
import { TEST_ERRORS } from './errors/testing.ts';

/** What fills the places of a message. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | undefined>>;

/** One table in parts, by where an error belongs. */
const TABLE = {
  ...START_ERRORS,
  ...APPLICATION_ERRORS,
  ...MAIL_ERRORS,
  ...NATIVE_ERRORS,
  ...DAEMON_ERRORS,
  ...OUTPUT_ERRORS,
  ...CONFIG_ERRORS,
  ...FORMATION_ERRORS,
  ...EXPORT_ERRORS,
  ...APP_DESC_ERRORS,
  ...RPC_ERRORS,
  ...JOB_ERRORS,
  ...TEST_ERRORS,
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof TABLE;

const fill = (template: string, details: ErrorDetails): string => template.replaceAll(/\{(\w+)\}/g, (_, key: string) => String(details[key] ?? ''));

/** An error with a code from the table, a message for a person, and a hint what to do. */
export class BroodError extends Error {
  /** Master, worker and agent are bundles of their own, each with a copy of this class: an error is known by its name and code. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'BroodError' && Object.hasOwn(TABLE, String(Reflect.get(value, 'code')));
  }

  readonly code: ErrorCode;
  readonly hint: string;
  readonly exitCode: number;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: ErrorOptions & { readonly exitCode?: number | undefined }) {
    const entry: ErrorEntry = TABLE[code];
    super(fill(entry.message, details), options);
    this.name = 'BroodError';
    this.code = code;
    this.hint = fill(entry.hint, details);
    // An error that wraps another one ends the CLI as that one would.
    this.exitCode = options?.exitCode ?? entry.exit;
    this.details = details;
  }
}

/** Every code with its templates, for the documentation. */
export const errorTable: Readonly<Record<ErrorCode, ErrorEntry>> = TABLE;

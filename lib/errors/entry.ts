/** What the table of errors says of one. */
export interface ErrorEntry {
  /** `{key}` is filled from the details. */
  readonly message: string;
  readonly hint: string;
  /** Exit code of the CLI (docs/errors.md). */
  readonly exit: number;
}

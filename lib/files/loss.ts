/** Counts lines that could not be written, and says so once when writing works again. */
import { counted } from '../policy/plural.ts';

const timeOf = (at: number): string => new Date(at).toISOString();

export class Loss {
  #lines = 0;
  #total = 0;
  #since = 0;
  #reason = '';

  /** Lines that were lost and of which nobody has been told. */
  get lines(): number {
    return this.#lines;
  }

  /** All lines that were ever lost. */
  get total(): number {
    return this.#total;
  }

  count(lines: number, reason: string): void {
    if (lines === 0) return;
    if (this.#lines === 0) this.#since = Date.now();
    this.#lines += lines;
    this.#total += lines;
    this.#reason = reason;
  }

  /** The sentence that is written in place of what was lost; begins a new count. `undefined` when nothing was. */
  tell(): string | undefined {
    const lines = this.#lines;
    if (lines === 0) return undefined;
    this.#lines = 0;
    return `${counted(lines, 'line was', 'lines were')} lost between ${timeOf(this.#since)} and ${timeOf(Date.now())} because ${this.#reason}`;
  }
}

/** Why a write failed, as a person says it. */
export function reasonOf(error: unknown): string {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  switch (code) {
    case 'ENOSPC':
      return 'the disk is full (ENOSPC)';
    case 'EDQUOT':
      return 'the quota of the disk is used up (EDQUOT)';
    case 'EPIPE':
    case 'ERR_STREAM_DESTROYED':
      return 'its reader has gone (EPIPE)';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

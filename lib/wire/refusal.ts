/** What is thrown while a value is encoded; the messenger turns it into coded errors. */

/** Thrown and caught inside the encoder: this value is one for node:v8 (cycles, shared references, errors, deep nesting). */
export const LEAVE_TO_V8: Error = new Error('leave to node:v8');

/** A value outgrows the limit of a message; `size` is what was counted so far, in bytes. */
export class TooLarge extends Error {
  readonly size: number;

  constructor(size: number) {
    super('too large');
    this.size = size;
  }
}

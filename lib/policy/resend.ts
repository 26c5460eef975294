/** Whether a request that an instance has let down may go to another one. Pure. */

/** Methods that may be repeated (RFC 9110, section 9.2.2); those of other standards are taken for ones that may not. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** What has become of a request when its connection ended without an answer. */
export interface Attempt {
  readonly method: string;
  readonly hasBody: boolean;
  /** Something of it was written to the connection. */
  readonly written: boolean;
  /** A part of its body was taken from the client, and is not there any more. */
  readonly bodyGone: boolean;
  /** How often it was sent again after something of it had been written. */
  readonly resent: number;
}

/**
 * One of which nothing was written was never sent. One that was may have been worked on: it is repeated where that does no harm, and once, for
 * it may be what has ended the instance.
 */
export const mayResend = ({ method, hasBody, written, bodyGone, resent }: Attempt): boolean =>
  !bodyGone && (!written || (resent < 1 && !hasBody && IDEMPOTENT.has(method)));

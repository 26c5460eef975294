/** Turns what the encoder throws into the coded error that the sender gets. */
import { BroodError } from '../errors.ts';
import type { Mail } from './mail.ts';
import { TooLarge } from './refusal.ts';
import { findUnsendable } from './unsendable.ts';

/** BROOD_MAIL_TOO_LARGE, or BROOD_MAIL_UNSENDABLE with the path of the offending key. */
export function refusalOf(error: unknown, mail: Mail, limit: number): BroodError {
  const action = mail.action === '' ? 'answer' : mail.action;
  if (error instanceof BroodError) return error;
  if (error instanceof TooLarge) return new BroodError('BROOD_MAIL_TOO_LARGE', { action, size: error.size, limit });
  try {
    return new BroodError('BROOD_MAIL_UNSENDABLE', { action, ...findUnsendable(mail.content) }, { cause: error });
  } catch (thrown) {
    // A getter of the value threw, and throws again.
    return new BroodError('BROOD_MAIL_UNSENDABLE', { action, path: 'data', actual: `an object that throws: ${String(thrown)}` }, { cause: thrown });
  }
}

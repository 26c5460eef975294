/** One message between two processes, and how it stands in a frame. */
import type { Decoder } from './decode.ts';
import type { Encoder } from './encode.ts';
import { NAMED } from './tags.ts';

/** What a message is for; the value is its first byte. */
export const MAIL = { note: 0, parent: 1, request: 2, answer: 3, failure: 4 } as const;
export type MailKind = (typeof MAIL)[keyof typeof MAIL];

/** `action` is empty in answers and failures, `id` is 0 in notes. */
export interface Mail {
  readonly kind: MailKind;
  readonly action: string;
  /** The number of the request, given by the one who asks. */
  readonly id: number;
  readonly content: unknown;
}

/** What became of a message: to how many receivers it is on its way, and how many do not get it. */
export interface Delivery {
  readonly delivered: number;
  readonly dropped: number;
}

/** What a process does with its mail. */
export interface Receiver {
  mail(from: number, mail: Mail): void;
  /** The peer is gone, and all that it had sent was delivered. */
  gone(peer: number): void;
}

/** Sees the mail of one process, for tests. */
export interface MailTap {
  sent(to: readonly number[], mail: Mail): void;
  received(from: number, mail: Mail): void;
}

/** Numbers since the start of the process. */
export interface Counters {
  /** Messages queued, once for each receiver. */
  readonly sent: number;
  readonly received: number;
  /** Messages that somebody did not get: nobody was there, the queue was full, or the receiver ended. */
  readonly dropped: number;
  /** Connections closed because of a wrong secret or broken bytes. */
  readonly refused: number;
  /** Answers that nobody waits for: too late, or from somebody who was not asked. */
  readonly stray: number;
}

/** Encodes a message from its first byte on. Throws what the encoder throws. */
export function writeMail(encoder: Encoder, mail: Mail): void {
  encoder.begin();
  encoder.byte(mail.kind);
  if (mail.kind >= MAIL.request) encoder.unsigned32(mail.id);
  if (mail.kind <= MAIL.request) {
    const number = encoder.dictionary.action(mail.action);
    if (number < 0) {
      encoder.byte(NAMED);
      encoder.text(mail.action);
    } else {
      encoder.byte(number >> 8);
      encoder.byte(number);
    }
  }
  encoder.whole(mail.content);
}

const isKind = (value: number): value is MailKind => value <= MAIL.failure;

/** Decodes the next message of a frame. Throws a plain error when the bytes are none. */
export function readMail(decoder: Decoder): Mail {
  const kind = decoder.byte();
  if (!isKind(kind)) throw new Error('broken mail: kind');
  const id = kind >= MAIL.request ? decoder.unsigned32() : 0;
  let action = '';
  if (kind <= MAIL.request) {
    const high = decoder.byte();
    action = high === NAMED ? decoder.text() : decoder.word((high << 8) | decoder.byte());
  }
  return { kind, action, id, content: decoder.whole() };
}

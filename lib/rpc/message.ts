/** The three messages of msgpack-rpc, as data: https://github.com/msgpack-rpc/msgpack-rpc/blob/master/spec.md */

export const REQUEST = 0;
export const RESPONSE = 1;
export const NOTIFICATION = 2;

/**
 * What ours tell each other beyond the specification. A client asks `$/brood` first; a server of others refuses that like any
 * unknown method. Who was asked tells that client by `$/goodbye` when it leaves: what comes before the client's end is served.
 */
export const HELLO = '$/brood';
export const GOODBYE = '$/goodbye';
/** The number of that first request; those of calls begin at 1. */
export const HELLO_ID = 0;

export type Message =
  | { readonly kind: 'request'; readonly id: number; readonly method: string; readonly params: readonly unknown[] }
  | { readonly kind: 'response'; readonly id: number; readonly error: unknown; readonly result: unknown }
  | { readonly kind: 'notification'; readonly method: string; readonly params: readonly unknown[] }
  /** `id`: of a request, when it has one, so that it can be answered. */
  | { readonly kind: 'invalid'; readonly id: number | undefined; readonly reason: string };

/** Numbers of requests have 32 bits. */
export const MOST_ID = 0xffff_ffff;

const isId = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST_ID;

/** What an array of three or four is. */
export function readMessage(value: unknown): Message {
  if (!Array.isArray(value)) return { kind: 'invalid', id: undefined, reason: 'it is no array' };
  // Proven by the line above: whatever its items are, they are unknown.
  const [type, first, second, third] = value as readonly unknown[];
  if (type === REQUEST && value.length === 4) {
    if (!isId(first)) return { kind: 'invalid', id: undefined, reason: 'its msgid is no integer of 32 bits' };
    if (typeof second !== 'string') return { kind: 'invalid', id: first, reason: 'the method is no text' };
    if (!Array.isArray(third)) return { kind: 'invalid', id: first, reason: 'the params are no array' };
    return { kind: 'request', id: first, method: second, params: third };
  }
  if (type === RESPONSE && value.length === 4) {
    if (!isId(first)) return { kind: 'invalid', id: undefined, reason: 'its msgid is no integer of 32 bits' };
    return { kind: 'response', id: first, error: second, result: third };
  }
  if (type === NOTIFICATION && value.length === 3) {
    if (typeof first !== 'string') return { kind: 'invalid', id: undefined, reason: 'the method is no text' };
    if (!Array.isArray(second)) return { kind: 'invalid', id: undefined, reason: 'the params are no array' };
    return { kind: 'notification', method: first, params: second };
  }
  return { kind: 'invalid', id: undefined, reason: `an array of ${value.length} that begins with ${typeof type === 'number' ? type : typeof type}` };
}

/** A name in an error; a client may send one of megabytes. */
export const shown = (name: string): string => (name.length > 100 ? `${name.slice(0, 100)}…` : name);

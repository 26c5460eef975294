/** An address in the words that a person types. */
import type { Address } from '../model.ts';

/** An address of numbers with colons stands in brackets (RFC 3986, section 3.2.2). */
const hostOf = (host: string): string => (host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host);

/** As a person types it into a browser, or the path of a socket. */
export const urlOf = (address: Address): string => ('path' in address ? address.path : `${address.protocol}://${hostOf(address.host)}:${address.port}`);

/** What of a request says to which worker it belongs. Pure; every text here was written by a stranger. */

/** A longer value is no key: whoever writes it is served where the request arrived. */
const LONGEST_KEY = 256;

const keyOf = (text: string | undefined): string | undefined => (text === undefined || text === '' || text.length > LONGEST_KEY ? undefined : text);

/** The first value of `name` in the query of a request target, as it stands there. */
export function queryValue(target: string, name: string): string | undefined {
  const from = target.indexOf('?');
  if (from < 0) return undefined;
  const start = `${name}=`;
  const part = target
    .slice(from + 1)
    .split('&')
    .find(one => one.startsWith(start));
  return keyOf(part?.slice(start.length));
}

/** The value of a cookie in a Cookie header (RFC 6265, section 4.2). */
export function cookieValue(header: string | undefined, name: string): string | undefined {
  const start = `${name}=`;
  const pair = header
    ?.split(';')
    .map(one => one.trim())
    .find(one => one.startsWith(start));
  return keyOf(pair?.slice(start.length));
}

/**
 * The client of a request that came through so many `proxies` of ours, each of which appended the address that it saw to
 * X-Forwarded-For. What stands further left was written by the client itself.
 */
export function forwardedClient(header: string | undefined, proxies: number): string | undefined {
  if (header === undefined) return undefined;
  const hops = header.split(',').map(hop => hop.trim());
  return keyOf(hops[Math.max(0, hops.length - proxies)]);
}

/** The first four groups of an IPv6 address: a client has the rest for itself and changes it from time to time (RFC 8981). */
function networkOf(address: string): string {
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right].slice(0, 4);
  return groups.map(group => group.toLowerCase().replace(/^0+(?=.)/, '')).join(':');
}

/** An address as a key: without a port, an IPv4 address in IPv6 as itself, any other IPv6 address as its network (/64). */
export function addressKey(text: string): string {
  const bare = /^\[([^\]]*)\]/.exec(text)?.[1] ?? text;
  const mapped = /^(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)(?::\d+)?$/i.exec(bare)?.[1];
  if (mapped !== undefined) return mapped;
  return bare.includes(':') ? networkOf(bare.split('%')[0] ?? bare) : bare;
}

/** The slot in a cookie of ours, `<slot>.<random text>`. */
export function slotOfCookie(value: string): number | undefined {
  const slot = /^(\d{1,6})\./.exec(value)?.[1];
  return slot === undefined ? undefined : Number(slot);
}

/** What a response is given, or what is read from it, so that the next request finds its worker. */
import type { IncomingMessage, ServerResponse } from 'node:http';

const isHeaders = (value: unknown): value is Record<string, unknown> | unknown[] => typeof value === 'object' && value !== null;

/** The headers of a writeHead() with one Set-Cookie more; `undefined` when the call sets no cookie itself. */
function withCookie(headers: unknown, cookie: string): Record<string, unknown> | unknown[] | undefined {
  if (!isHeaders(headers)) return undefined;
  if (Array.isArray(headers)) return Array.isArray(headers[0]) ? [...headers, ['Set-Cookie', cookie]] : [...headers, 'Set-Cookie', cookie];
  const name = Object.keys(headers).find(one => one.toLowerCase() === 'set-cookie');
  if (name === undefined) return undefined;
  const own = headers[name];
  return { ...headers, [name]: [...(Array.isArray(own) ? (own as unknown[]) : [own]), cookie] };
}

/** Adds a cookie when the head is written: whatever the application sets before and in it stays. */
export function addCookie(response: ServerResponse, cookie: string): void {
  // Three shapes of parts, of which only the last one matters here.
  const writeHead = response.writeHead.bind(response) as (...parts: unknown[]) => ServerResponse;
  response.writeHead = (...parts: unknown[]) => {
    const at = parts.length - 1;
    const headers = withCookie(parts[at], cookie);
    if (headers === undefined) response.appendHeader('Set-Cookie', cookie);
    else parts[at] = headers;
    return writeHead(...parts);
  };
}

/** The name is `brood` unless the option says another; the value says the slot. */
export function cookieFor(name: string, slot: number, secure: boolean): string {
  return `${name}=${slot}.${Math.random().toString(36).slice(2, 12)}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
}

/** Behind this many bytes no handshake begins. */
const HANDSHAKE_WITHIN = 1024;

const isEngineHandshake = (target: string): boolean => /[?&]EIO=\d/.test(target);

/** Tells the session that Engine.IO, the transport of Socket.IO, gives out in its answer to a handshake. */
export function watchHandshake(request: IncomingMessage, response: ServerResponse, opened: (session: string) => void): void {
  if (!isEngineHandshake(request.url ?? '')) return;
  // A compressed answer could not be read here; it is a hundred bytes.
  delete request.headers['accept-encoding'];
  const look = (chunk: unknown): void => {
    if (typeof chunk !== 'string' && !Buffer.isBuffer(chunk)) return;
    const session = /"sid":"([^"]{1,256})"/.exec(chunk.toString().slice(0, HANDSHAKE_WITHIN))?.[1];
    if (session !== undefined) opened(session);
  };
  for (const method of ['write', 'end'] as const) {
    const original = response[method] as (...parts: unknown[]) => unknown;
    Reflect.set(response, method, (...parts: unknown[]) => {
      look(parts[0]);
      return original.apply(response, parts);
    });
  }
}

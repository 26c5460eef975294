/** The headers of a request and of its answer as they pass a proxy, in the order and the spelling in which they came. Pure. */

/** Names and values in turn, as node:http has them. */
export type RawHeaders = readonly string[];

/** Of the connection and not of the message (RFC 9110, section 7.6.1). */
const HOP_BY_HOP: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'proxy-connection', 'upgrade', 'transfer-encoding', 'te']);
/** What frames a message, and what says whom it is for: naming one of them in `Connection` takes nothing away. */
const NOT_NOMINATED: ReadonlySet<string> = new Set(['host', 'content-length', 'transfer-encoding', 'expect', 'trailer', 'close']);
/** Values of `Connection` that name no header. */
const PLAIN = /^\s*(?:keep-alive|close|upgrade)?\s*$/i;

const NOBODY: ReadonlySet<string> = new Set();

/** The headers that `Connection` makes a matter of this connection. */
function nominated(connection: string | undefined): ReadonlySet<string> {
  if (connection === undefined || PLAIN.test(connection)) return NOBODY;
  const names = connection.split(',').map(name => name.trim().toLowerCase());
  return new Set(names.filter(name => !NOT_NOMINATED.has(name)));
}

/** Whether it says who the client is. Where header names become variables, `X_Forwarded_For` is the same name. */
export function isForwarded(name: string): boolean {
  const first = name.charCodeAt(0) | 0x20;
  if (first === 0x66 /* f */) return name.length === 9 && name.toLowerCase() === 'forwarded';
  return first === 0x78 /* x */ && name.length > 11 && name.slice(0, 12).toLowerCase().replaceAll('_', '-') === 'x-forwarded-';
}
const isOfTheFour = (name: string): boolean => /^x[-_]forwarded[-_](?:for|proto|host|port)$/i.test(name);

/** Only names of these lengths are looked at as a whole. */
const isLikeHopByHop = ({ length }: string): boolean => length === 2 || length === 7 || length === 10 || length === 16 || length === 17;

/** What is known of a request beside its headers. */
export interface RequestFacts {
  /** `Connection`, `Host` and what the client has put into the X-Forwarded headers; several of one name joined by a comma. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Of the client. */
  readonly address: string | undefined;
  /** At which it came in. */
  readonly port: string;
  readonly proto: string;
  /** What the client says in X-Forwarded-* is kept. */
  readonly trust: boolean;
  /** The instance answers `Expect: 100-continue` itself. */
  readonly continues: boolean;
  /** For what the request is, when its target says so (RFC 9112, section 3.2.2). */
  readonly host?: string | undefined;
  readonly hasBody: boolean;
  readonly method: string;
}

const textOf = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'string' || value === undefined ? value : value.join(', ');

function addForwarded(out: string[], { headers, address, port, proto, trust, host }: RequestFacts): void {
  const told = (name: string): string | undefined => (trust ? textOf(headers[name]) : undefined);
  const before = told('x-forwarded-for');
  const chain = before === undefined || address === undefined ? (before ?? address) : `${before}, ${address}`;
  if (chain !== undefined) out.push('X-Forwarded-For', chain);
  const wanted = told('x-forwarded-host') ?? host ?? textOf(headers['host']);
  out.push('X-Forwarded-Proto', told('x-forwarded-proto') ?? proto);
  if (wanted !== undefined) out.push('X-Forwarded-Host', wanted);
  out.push('X-Forwarded-Port', told('x-forwarded-port') ?? port);
}

/** Methods whose requests say that they have no body (RFC 9110, section 8.6). */
const saysNoBody = (method: string): boolean => method === 'POST' || method === 'PUT' || method === 'PATCH';

/** What a request is sent on with; `undefined`: it names two hosts, and is refused (RFC 9112, section 3.2). */
export function requestHeaders(raw: RawHeaders, facts: RequestFacts): string[] | undefined {
  const named = nominated(textOf(facts.headers['connection']));
  const out: string[] = [];
  let hosts = 0;
  let framed = false;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? '';
    const value = raw[at + 1] ?? '';
    const { length } = name;
    if (length === 4 && name.toLowerCase() === 'host') {
      hosts++;
      out.push(name, facts.host ?? value);
      continue;
    }
    if (isLikeHopByHop(name) && HOP_BY_HOP.has(name.toLowerCase())) {
      // The body is written again in the coding in which it came; whoever takes trailers gets them.
      if (length === 17 || (length === 2 && /\btrailers\b/i.test(value))) out.push(name, length === 2 ? 'trailers' : value);
      continue;
    }
    if (length === 6 && !facts.continues && name.toLowerCase() === 'expect') continue;
    if (isForwarded(name) && (!facts.trust || isOfTheFour(name))) continue;
    if (named.size > 0 && named.has(name.toLowerCase())) continue;
    if (length === 14 && name.toLowerCase() === 'content-length') framed = true;
    out.push(name, value);
  }
  if (hosts > 1) return undefined;
  if (hosts === 0) out.push('Host', facts.host ?? 'localhost');
  if (!facts.hasBody && !framed && saysNoBody(facts.method)) out.push('Content-Length', '0');
  addForwarded(out, facts);
  return out;
}

/** What the headers of an answer say of the connection. */
export interface AnswerHeaders {
  readonly headers: string[];
  /** The transfer coding, in lower case; `undefined`: none. */
  readonly coding: string | undefined;
}

/** What an answer is sent on with. `trails`: the client can get trailers; where there can be none, no header announces them. */
export function answerHeaders(raw: RawHeaders, trails: boolean): AnswerHeaders {
  const headers: string[] = [];
  let coding: string | undefined;
  let connection: string | undefined;
  let isFixed = false;
  let announces = false;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? '';
    const value = raw[at + 1] ?? '';
    const size = name.length;
    if (isLikeHopByHop(name)) {
      const lower = name.toLowerCase();
      if (lower === 'transfer-encoding') coding = coding === undefined ? value.toLowerCase() : `${coding}, ${value.toLowerCase()}`;
      else if (lower === 'connection') connection = connection === undefined ? value : `${connection}, ${value}`;
      else if (lower === 'trailer') announces = true;
      if (HOP_BY_HOP.has(lower)) continue;
    } else if (size === 14 && name.toLowerCase() === 'content-length') isFixed = true;
    headers.push(name, value);
  }
  const without = new Set(nominated(connection));
  // The coding frames the message, whatever the length says (RFC 9112, section 6.3).
  if (coding !== undefined && isFixed) without.add('content-length');
  if (announces && (coding === undefined || !trails)) without.add('trailer');
  return { headers: leftOf(headers, without), coding };
}

function leftOf(headers: string[], names: ReadonlySet<string>): string[] {
  if (names.size === 0) return headers;
  const kept: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] ?? '';
    if (!names.has(name.toLowerCase())) kept.push(name, headers[at + 1] ?? '');
  }
  return kept;
}

/** Headers of an answer that say for how many milliseconds an idle connection is kept open; `undefined`: they do not. */
export function keptFor(raw: RawHeaders): number | undefined {
  for (let at = 0; at + 1 < raw.length; at += 2) {
    if (raw[at]?.length !== 10 || raw[at]?.toLowerCase() !== 'keep-alive') continue;
    const seconds = /(?:^|[,\s])timeout=(\d{1,6})/i.exec(raw[at + 1] ?? '')?.[1];
    if (seconds !== undefined) return Number(seconds) * 1000;
  }
  return undefined;
}

/** Trailers that may follow a body: names and values in pairs, as node:http writes them. */
export function trailersOf(raw: RawHeaders): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? '';
    const lower = name.toLowerCase();
    // What frames or routes a message means nothing after it (RFC 9110, section 6.5.1).
    if (!HOP_BY_HOP.has(lower) && !NOT_NOMINATED.has(lower) && !isForwarded(name)) pairs.push([name, raw[at + 1] ?? '']);
  }
  return pairs;
}

/** The target in the form for an origin, and the host that an absolute one names; `undefined`: it can be neither. */
export function targetOf(url: string): { readonly path: string; readonly host?: string } | undefined {
  if (url.startsWith('/') || url === '*') return { path: url };
  const [, host, path = ''] = /^https?:\/\/([^/?#@\s]+)([/?].*)?$/i.exec(url) ?? [];
  if (host === undefined) return undefined;
  return { host, path: path.startsWith('/') ? path : `/${path}` };
}

/** An address of a client as it is written; one of IPv4 that came in over IPv6 is one of IPv4. */
export const plainAddress = (address: string): string => (address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address);

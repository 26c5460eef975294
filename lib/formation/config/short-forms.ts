/** The short forms of addresses and CPU lists, written out. */
import type { HttpGetConfig, TcpSocketConfig } from './probe-types.ts';

const withoutBrackets = (host: string): string => host.replaceAll(/[[\]]/g, '');
const HIGHEST_PORT = 65_535;

const HTTP = /^(?:(https?):\/\/(\[[\da-fA-F:.]+\]|[\w.-]+))?(?::(\d{1,5}))?(\/\S*)?$/;

/** `:8080/healthz` → `{ port: 8080, path: '/healthz' }`. */
export function httpGetOf(short: string): HttpGetConfig | undefined {
  const found = short === '' ? null : HTTP.exec(short);
  if (found === null) return undefined;
  const [, scheme, host, digits, path = '/'] = found;
  const port = digits === undefined ? undefined : Number(digits);
  if (port !== undefined && (port < 1 || port > HIGHEST_PORT)) return undefined;
  return {
    path,
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host: withoutBrackets(host) }),
    ...(scheme === 'https' ? { scheme: 'HTTPS' } : {}),
  };
}

export const HOST_AND_PORT = /^(?:(\[[\da-fA-F:.]+\]|[\w.-]+):)?(\d{1,5})$/;

/** `127.0.0.1:8080` → `{ port: 8080, host: '127.0.0.1' }`. */
export function tcpSocketOf(short: string | number): (TcpSocketConfig & { readonly port: number }) | undefined {
  const [, host, digits] = HOST_AND_PORT.exec(String(short)) ?? [];
  if (digits === undefined || Number(digits) > HIGHEST_PORT) return undefined;
  return { port: Number(digits), ...(host === undefined ? {} : { host: withoutBrackets(host) }) };
}

const RANGE = /^(\d{1,4})-(\d{1,4})$/;

/** `[0, '2-3']` → `[0, 2, 3]`; `undefined` for a range that is none. */
export function cpusOf(list: readonly unknown[]): readonly number[] | undefined {
  const cpus: number[] = [];
  for (const item of list) {
    const [, first, last] = typeof item === 'string' ? (RANGE.exec(item) ?? []) : [];
    if (typeof item === 'number' && Number.isInteger(item) && item >= 0 && item < 4096) cpus.push(item);
    else if (first !== undefined && Number(first) <= Number(last) && Number(last) < 4096) {
      for (let cpu = Number(first); cpu <= Number(last); cpu++) cpus.push(cpu);
    } else return undefined;
  }
  return cpus.length === 0 ? undefined : cpus;
}

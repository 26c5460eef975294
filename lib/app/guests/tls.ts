/** Servers for guests that bring none: plain, or with TLS when the cluster has the option `https`. */
import { readFileSync } from 'node:fs';
import type * as Http from 'node:http';
import type * as Https from 'node:https';
import type { Server } from 'node:net';
import { resolve } from 'node:path';
import { BroodError } from '../../errors.ts';
import type { HttpsFiles } from '../../protocol.ts';
import type { Listener } from './duck.ts';

/** What the option `https` holds, read. */
export interface Pem {
  readonly key: Buffer | string;
  readonly cert: Buffer | string;
  readonly ca?: Buffer | string;
  readonly passphrase?: string;
}

const readPem = (option: string, value: string, baseDir: string): Buffer | string => {
  if (value.includes('-----BEGIN ')) return value;
  const path = resolve(baseDir, value);
  try {
    return readFileSync(path);
  } catch (error) {
    throw new BroodError('BROOD_FILE_MISSING', { option: `https.${option}`, path, from: baseDir }, { cause: error });
  }
};

/** Reads the files of the option `https`; PEM text is taken as it is. @throws BROOD_FILE_MISSING */
export const readHttps = (files: HttpsFiles, baseDir: string): Pem => ({
  key: readPem('key', files.key, baseDir),
  cert: readPem('cert', files.cert, baseDir),
  ...(files.ca !== undefined && { ca: readPem('ca', files.ca, baseDir) }),
  ...(files.passphrase !== undefined && { passphrase: files.passphrase }),
});

/** Not loaded by the agent, nor by a worker that serves no HTTP. */
const http = (): typeof Http => process.getBuiltinModule('node:http');

const withTls = (pem: Pem, listener?: Listener): Https.Server => {
  // Most applications are served without; loading it takes 3 ms of each boot.
  const https = process.getBuiltinModule('node:https');
  try {
    return https.createServer({ ...pem }, listener);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BroodError('BROOD_GUEST_FAILED', { guest: 'https', reason, remedy: 'Check the PEM files of the option "https".' }, { cause: error });
  }
};

/** A server for a request listener. */
export const serverFor = (listener: Listener, pem: Pem | undefined): Http.Server | Https.Server =>
  pem ? withTls(pem, listener) : http().createServer(listener);

const LIMITS = ['keepAliveTimeout', 'headersTimeout', 'requestTimeout', 'timeout', 'maxHeadersCount', 'maxRequestsPerSocket'] as const;
const FORWARDED = ['request', 'upgrade', 'checkContinue', 'checkExpectation', 'clientError'] as const;

const fronts = new WeakMap<Server, Server>();

/**
 * Puts TLS in front of a plain HTTP server that a framework made for itself, so that the option `https` holds for every
 * HTTP guest. Events go on to the plain server, which itself never listens.
 */
export const inFrontOf = (server: Server, pem: Pem | undefined): Server => {
  if (!pem || !(server instanceof http().Server)) return server;
  const known = fronts.get(server);
  if (known) return known;
  const front = withTls(pem);
  fronts.set(server, front);
  for (const limit of LIMITS) Object.assign(front, { [limit]: server[limit] });
  // Node treats an event that has a listener differently from one that has none (an upgrade without one is an ordinary
  // request), so only what the plain server listens to is forwarded, and what it adds later from then on.
  const forward = (event: string | symbol): void => {
    const name = FORWARDED.find(each => each === event);
    if (name && front.listenerCount(name) === 0) front.on(name, (...parts: unknown[]) => server.emit(name, ...parts));
  };
  server.eventNames().forEach(forward);
  server.on('newListener', forward);
  front.on('listening', () => server.emit('listening'));
  return front;
};

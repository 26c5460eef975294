/** Serves a gRPC server: it opens its own HTTP/2 server, so it is told where instead of being listened for. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { BroodError } from '../../errors.ts';
import type { Guest, Where } from './shape.ts';
import type { GrpcLike } from './duck.ts';
import type { Pem } from './tls.ts';

interface Credentials {
  createInsecure(): unknown;
  createSsl(ca: Buffer | null, pairs: readonly { private_key: Buffer; cert_chain: Buffer }[]): unknown;
}

const isCredentials = (value: unknown): value is Credentials => typeof value === 'function' && 'createInsecure' in value && 'createSsl' in value;

/** The class of the application's own copy: bindAsync accepts no other one's credentials. */
const credentialsOf = (baseDir: string): Credentials => {
  let cause: unknown;
  try {
    const library: unknown = createRequire(join(baseDir, 'package.json'))('@grpc/grpc-js');
    if (typeof library === 'object' && library !== null && 'ServerCredentials' in library && isCredentials(library.ServerCredentials)) {
      return library.ServerCredentials;
    }
  } catch (error) {
    cause = error;
  }
  const reason = `@grpc/grpc-js cannot be found from ${baseDir}`;
  throw new BroodError('BROOD_GUEST_FAILED', { guest: 'gRPC', reason, remedy: 'Install it in the application, or call bindAsync() yourself.' }, { cause });
};

const targetOf = (where: Where): string => {
  if ('path' in where) return `unix:${where.path}`;
  const host = where.host ?? '0.0.0.0';
  return `${host.includes(':') ? `[${host}]` : host}:${where.port}`;
};

const createCredentials = (baseDir: string, pem: Pem | undefined): unknown => {
  const credentials = credentialsOf(baseDir);
  if (!pem) return credentials.createInsecure();
  const pair = { private_key: Buffer.from(pem.key), cert_chain: Buffer.from(pem.cert) };
  return credentials.createSsl(pem.ca === undefined ? null : Buffer.from(pem.ca), [pair]);
};

/** Ports that the application bound by itself before it handed the server over. */
const isBound = (server: GrpcLike): boolean => 'boundPorts' in server && server.boundPorts instanceof Map && server.boundPorts.size > 0;

export const adoptGrpc = (server: GrpcLike, baseDir: string, pem: Pem | undefined): Guest => ({
  kind: 'grpc',
  listens: isBound(server),
  listen: where =>
    new Promise((resolve, reject) => {
      const bound = (error: Error | null, port: number): void => {
        if (error) reject(error);
        else resolve('path' in where ? where : { port, host: where.host ?? '0.0.0.0' });
      };
      server.bindAsync(targetOf(where), createCredentials(baseDir, pem), bound);
    }),
  drain: () => new Promise(resolve => server.tryShutdown(() => resolve())),
  close: async () => server.forceShutdown(),
});

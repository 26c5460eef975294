/** Asks a server of this very process, whoever else listens on its port: by a connection that leaves the process nowhere. */
import type { IncomingMessage } from 'node:http';
import type { Server } from 'node:net';
import { duplexPair, type Duplex } from 'node:stream';
import type { OwnCheck } from '../protocol.ts';
import type { ProbeResult } from '../policy/probe.ts';
import { isHttp } from './drain.ts';
import { allListeners } from './servers.ts';

export type HttpCheck = Extract<OwnCheck, { readonly kind: 'http' }>;

/** Ends of such connections that the servers hold. */
const own = new WeakSet<object>();

/** Whether a request came from this very process, to see how it does; it belongs here. */
export const isOwnRequest = (request: Pick<IncomingMessage, 'socket'>): boolean => own.has(request.socket);

const speaksHttp2 = (server: Server): boolean => server.constructor.name.startsWith('Http2');
const speaksHttp = (server: Server): boolean => isHttp(server) || speaksHttp2(server);

function portOf(server: Server): number | undefined {
  const address = server.address();
  return address === null || typeof address === 'string' ? undefined : address.port;
}

const listening = (): readonly Server[] => [...allListeners()].map(({ server }) => server).filter(server => server.listening);

/** The server of this process that listens on a port; without one the first that speaks HTTP. */
export function ownServer(port: number | undefined): Server | undefined {
  const servers = listening();
  return port === undefined ? servers.find(speaksHttp) : servers.find(server => portOf(server) === port);
}

/** Whether any server of this process listens. */
export const anyListens = (): boolean => listening().length > 0;

/** The end that a server gets has what a socket has, as far as applications use it. */
function connection(isEncrypted: boolean, protocol: string): { readonly client: Duplex; readonly socket: Duplex } {
  const [client, socket] = duplexPair();
  const itself = (): Duplex => socket;
  const local = { remoteAddress: '127.0.0.1', remoteFamily: 'IPv4', remotePort: 0, localAddress: '127.0.0.1', localPort: 0 };
  Object.assign(socket, local, { setTimeout: itself, setNoDelay: itself, setKeepAlive: itself, ref: itself, unref: itself });
  if (isEncrypted) Object.assign(socket, { encrypted: true, alpnProtocol: protocol });
  // As of a socket, the end of one end is that of the other.
  client.once('close', () => socket.destroy());
  socket.once('close', () => client.destroy());
  own.add(socket);
  return { client, socket };
}

/** A TLS server takes it up where it would have decrypted it. */
function connectTo(server: Server, protocol: string): Duplex {
  const isEncrypted = 'setSecureContext' in server;
  const { client, socket } = connection(isEncrypted, protocol);
  server.emit(isEncrypted ? 'secureConnection' : 'connection', socket);
  return client;
}

const resultOf = (status: number): ProbeResult => ({ ok: status >= 200 && status < 400, detail: `HTTP ${status}` });
const headersOf = ({ headers }: HttpCheck): Record<string, string> => ({
  host: 'localhost',
  'user-agent': 'brood-probe',
  ...Object.fromEntries(headers.map(({ name, value }) => [name.toLowerCase(), value])),
});

function byHttp1(server: Server, check: HttpCheck): Promise<ProbeResult> {
  // Who has no such probe needs no client.
  const { request } = process.getBuiltinModule('node:http');
  const client = connectTo(server, 'http/1.1');
  return new Promise((resolve, reject) => {
    const asked = request({ createConnection: () => client, path: check.path, headers: headersOf(check) });
    asked.on('response', response => {
      resolve(resultOf(response.statusCode ?? 0));
      asked.destroy();
    });
    asked.on('error', reject);
    client.on('close', () => reject(new Error('the connection was closed')));
    asked.end();
  });
}

function byHttp2(server: Server, check: HttpCheck): Promise<ProbeResult> {
  const { connect } = process.getBuiltinModule('node:http2');
  const client = connectTo(server, 'h2');
  return new Promise((resolve, reject) => {
    const session = connect('http://localhost', { createConnection: () => client });
    session.on('error', reject);
    const { host: _host, ...headers } = headersOf(check);
    const asked = session.request({ ':path': check.path, ...headers });
    asked.on('response', answer => {
      resolve(resultOf(answer[':status'] ?? 0));
      session.destroy();
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** Whether a server answers with a status from 200 to 399; rejects when it does not answer at all. */
export function askOwn(server: Server, check: HttpCheck): Promise<ProbeResult> {
  if (!speaksHttp(server)) return Promise.resolve({ ok: false, detail: 'its server speaks no HTTP' });
  return speaksHttp2(server) ? byHttp2(server, check) : byHttp1(server, check);
}

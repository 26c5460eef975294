/** An entry in this process, with small real instances behind it. */
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { Entry } from '../../../lib/app/router/entry.ts';
import { httpServer } from '../../../lib/app/router/http.ts';
import { tcpServer } from '../../../lib/app/router/tcp.ts';
import type { Backend, EntryBoot } from '../../../lib/entries.ts';

export interface Standing {
  readonly entry: Entry;
  readonly server: net.Server;
  readonly port: number;
}

/** What is to be closed after a test. */
const open = new Set<net.Server>();
const sockets = new Set<net.Socket>();

export async function listenAt(server: net.Server, port = 0): Promise<number> {
  open.add(server);
  server.on('connection', socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Ends everything that a test has opened. */
export async function endAll(): Promise<void> {
  for (const server of open) server.close();
  for (const socket of sockets) socket.destroy();
  open.clear();
  await Promise.resolve();
}

/** Ends one instance as a SIGKILL would: nothing more is accepted, and every connection is reset. */
export function kill(server: net.Server): void {
  server.close();
  open.delete(server);
  for (const socket of sockets) if (socket.localPort === portOf.get(server)) socket.resetAndDestroy();
}
const portOf = new WeakMap<net.Server, number>();

export const backend = (port: number, over: Partial<Backend> = {}): Backend => ({
  id: port,
  name: `web.${port}`,
  host: '127.0.0.1',
  port,
  state: 'ready',
  ...over,
});

/** An HTTP instance. */
export async function instance(listener: http.RequestListener): Promise<{ readonly server: http.Server; readonly port: number }> {
  const server = http.createServer(listener);
  const port = await listenAt(server);
  portOf.set(server, port);
  return { server, port };
}

/** An entry in front of the instances at these ports. */
export async function standing(ports: readonly number[], over: Partial<EntryBoot> = {}): Promise<Standing> {
  const entry = new Entry({ entry: 'web', protocol: 'http', port: 0, ...over });
  entry.set(ports.map(port => backend(port)));
  const server = over.protocol === 'tcp' ? tcpServer(entry) : httpServer(entry);
  return { entry, server, port: await listenAt(server) };
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly raw: readonly string[];
  readonly text: string;
  readonly trailers: NodeJS.Dict<string>;
}

/** One request on a connection of its own, unless `agent` says otherwise. */
export function ask(port: number, options: http.RequestOptions & { readonly body?: string | Buffer } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { body, ...rest } = options;
    const request = http.request({ host: '127.0.0.1', port, agent: false, ...rest }, response => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          raw: response.rawHeaders,
          text: Buffer.concat(chunks).toString(),
          trailers: response.trailers,
        }),
      );
    });
    request.maxHeadersCount = 0;
    request.once('error', reject);
    request.end(body);
  });
}

/** Writes these bytes and gives everything that comes back until the end. */
export async function raw(port: number, text: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  let said = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (said += chunk));
  socket.on('error', () => {});
  socket.write(text, 'latin1');
  // An error is an end as well, and what was said before it counts.
  await new Promise(resolve => socket.once('close', resolve));
  return said;
}

/** What an instance has got, as it answers it. */
export const echo: http.RequestListener = (request, response) => {
  let body = '';
  request.setEncoding('latin1').on('data', chunk => (body += String(chunk)));
  request.on('end', () => {
    const { method, url, rawHeaders, rawTrailers } = request;
    response.end(JSON.stringify({ method, url, rawHeaders, rawTrailers, body }));
  });
};
export interface Got {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly rawTrailers: readonly string[];
  readonly body: string;
}
export const gotOf = (text: string): Got => JSON.parse(text) as Got;

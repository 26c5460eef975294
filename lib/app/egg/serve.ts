/** The servers of an Egg application: made, shown to it, then told to listen. */
import { readFileSync } from 'node:fs';
import type * as Http from 'node:http';
import type * as Https from 'node:https';
import type { ListenOptions, Server } from 'node:net';
import { BroodError } from '../../errors.ts';
import type { EggApplication } from './framework.ts';

type Fields = Readonly<Record<string, unknown>>;
type WebServer = Http.Server | Https.Server;

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? { ...value } : {});

/** Where it listens and how, as the options and `config.cluster` say; options win. */
export interface EggPlace {
  readonly listen: ListenOptions;
  readonly protocol: 'http' | 'https';
  readonly port: number | undefined;
  readonly tls: Https.ServerOptions | undefined;
}

const read = (value: unknown): Buffer | string | undefined => {
  if (typeof value !== 'string') return undefined;
  return value.includes('-----BEGIN ') ? value : readFileSync(value);
};

function tlsOf(https: Fields): Https.ServerOptions | undefined {
  const [key, cert, ca] = [read(https['key']), read(https['cert']), read(https['ca'])];
  if (key === undefined || cert === undefined) return undefined;
  const passphrase = typeof https['passphrase'] === 'string' ? { passphrase: https['passphrase'] } : {};
  return { key, cert, ...(ca === undefined ? {} : { ca }), ...passphrase };
}

/** @throws BROOD_OPTION_TYPE when no port is given as a number, nor a path */
export function placeOf(app: EggApplication, slot: number): EggPlace {
  const cluster = fieldsOf(app.config?.['cluster']);
  const listen = fieldsOf(cluster['listen']);
  const tls = tlsOf({ ...fieldsOf(cluster['https']), ...fieldsOf(app.options['https']) });
  const protocol = tls === undefined ? 'http' : 'https';
  if (typeof listen['path'] === 'string' && listen['path'] !== '') return { listen: { path: listen['path'] }, protocol, port: undefined, tls };
  const ports = app.options['startMode'] === 'worker_threads' && Array.isArray(app.options['ports']) ? app.options['ports'] : [];
  const port: unknown = ports[slot - 1] ?? app.options['port'] ?? listen['port'];
  if (typeof port !== 'number') {
    throw new BroodError('BROOD_OPTION_TYPE', { option: 'port', expected: 'a whole number from 0 to 65535', actual: String(port), fallback: '7001' });
  }
  const host = typeof listen['hostname'] === 'string' && listen['hostname'] !== '' ? { host: listen['hostname'] } : {};
  // An option of the application's own config: then each worker has a socket of its own, where the system can.
  const reusePort = app.options['reusePort'] !== true && listen['reusePort'] === true ? { reusePort: true, exclusive: true } : {};
  return { listen: { port, ...host, ...reusePort }, protocol, port, tls };
}

const listening = (server: Server, where: ListenOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });

/** Serves the application; resolves with its server when it listens. It sees the server once, before that. */
export async function serve(app: EggApplication, { listen, tls }: EggPlace): Promise<Server> {
  const http = process.getBuiltinModule('node:http');
  const server: WebServer = tls === undefined ? http.createServer(app.callback()) : process.getBuiltinModule('node:https').createServer(tls, app.callback());
  app.emit('server', server);
  await listening(server, listen);
  const debugPort = app.options['debugPort'];
  // Without TLS the same application serves there, so that both ports can be used side by side.
  if (typeof debugPort === 'number' && debugPort > 0) await listening(http.createServer(app.callback()), { port: debugPort });
  return server;
}

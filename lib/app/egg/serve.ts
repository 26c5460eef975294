/** The servers of an Egg application: made, shown to it, then told to listen. */
import type { ListenOptions, Server } from 'node:net';
import { BroodError } from '../../errors.ts';
import { readHttps, serverFor } from '../guests/tls.ts';
import type { Pem } from '../guests/tls.ts';
import { listening } from '../servers.ts';
import type { EggApplication } from './framework.ts';

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? { ...value } : {});

/** Where it listens and how, as the options and `config.cluster` say; options win. */
export interface EggPlace {
  readonly listen: ListenOptions;
  readonly protocol: 'http' | 'https';
  readonly port: number | undefined;
  readonly pem: Pem | undefined;
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** The files that `https` names, read; paths are taken from the working directory, as in Egg. */
function pemOf({ key, cert, ca, passphrase }: Fields): Pem | undefined {
  if (!isText(key) || !isText(cert)) return undefined;
  return readHttps({ key, cert, ...(isText(ca) ? { ca } : {}), ...(isText(passphrase) ? { passphrase } : {}) }, process.cwd());
}

/** @throws BROOD_OPTION_TYPE when no port is given as a number, nor a path */
export function placeOf(app: EggApplication, slot: number): EggPlace {
  const cluster = fieldsOf(app.config?.['cluster']);
  const listen = fieldsOf(cluster['listen']);
  const pem = pemOf({ ...fieldsOf(cluster['https']), ...fieldsOf(app.options['https']) });
  const protocol = pem === undefined ? 'http' : 'https';
  if (typeof listen['path'] === 'string' && listen['path'] !== '') return { listen: { path: listen['path'] }, protocol, port: undefined, pem };
  const ports = app.options['startMode'] === 'worker_threads' && Array.isArray(app.options['ports']) ? app.options['ports'] : [];
  const port: unknown = ports[slot - 1] ?? app.options['port'] ?? listen['port'];
  if (typeof port !== 'number') {
    throw new BroodError('BROOD_OPTION_TYPE', { option: 'port', expected: 'a whole number from 0 to 65535', actual: String(port), fallback: '7001' });
  }
  const host = typeof listen['hostname'] === 'string' && listen['hostname'] !== '' ? { host: listen['hostname'] } : {};
  // An option of the application's own config: then each worker has a socket of its own, where the system can.
  const reusePort = app.options['reusePort'] !== true && listen['reusePort'] === true ? { reusePort: true, exclusive: true } : {};
  return { listen: { port, ...host, ...reusePort }, protocol, port, pem };
}

/** Serves the application; resolves with its server when it listens. It sees the server once, before that. */
export async function serve(app: EggApplication, { listen, pem }: EggPlace): Promise<Server> {
  const server = serverFor(app.callback(), pem);
  app.emit('server', server);
  await listening(server, listen);
  const debugPort = app.options['debugPort'];
  // Without TLS the same application serves there, so that both ports can be used side by side.
  if (typeof debugPort === 'number' && debugPort > 0) await listening(serverFor(app.callback(), undefined), { port: debugPort });
  return server;
}

/** Where an application listens, and how its workers share that. */
import { BroodError } from '../errors.ts';
import type { Address } from '../model.ts';
import { listenOn } from '../child/listen-on.ts';
import { bindMain, canHold, canReusePort, nameOf, resolveRequest } from './bind.ts';
import type { Listening } from './listening.ts';
import type { MasterLogger } from './option-table.ts';
import type { Settings } from './options.ts';
import type { Door } from './place.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { Meeting } from './specs.ts';
import { goesByConnection } from './sticky.ts';

interface Cluster {
  readonly supervisor: Supervisor;
  readonly settings: Settings;
  readonly meeting: Pick<Meeting, 'port'>;
}

/** The mode that is possible here. */
export async function chooseMode(settings: Settings, logger: MasterLogger): Promise<Settings['listen']> {
  // Whose a connection is must be known before a worker accepts it.
  if (goesByConnection(settings.sticky)) return 'round-robin';
  if (settings.listen === 'reuse-port' && !(await canReusePort())) {
    logger.warn('this Node.js does not know reusePort; the workers share one socket (listen: held)');
    return canHold() ? 'held' : 'round-robin';
  }
  if (settings.threads && !canHold()) throw new BroodError('BROOD_THREADS_LISTEN', { option: 'this system' });
  if (settings.listen === 'held' && !canHold()) {
    logger.warn('sockets cannot be shared here; the master accepts and hands over (listen: round-robin)');
    return 'round-robin';
  }
  return settings.listen;
}

/** What the settings say of addresses. */
export const where = ({ path, hostname, https, ports, port: own, script }: Settings) => ({
  /** The address when the cluster has got this port. */
  address: (port: number): Address => (path === undefined ? { port, host: hostname ?? '0.0.0.0', protocol: https === undefined ? 'http' : 'https' } : { path }),
  /** A script opens the cluster's own port by itself. */
  mayListenOn: (script === undefined || ports === 'any' ? ports : [...ports, own]) satisfies Settings['ports'],
});

/**
 * Binds what clients come to beside the cluster, before anything is started. The result: the descriptors of those that are handed on.
 *
 * @throws BROOD_PORT_…, BROOD_LISTEN_FAILED
 */
export async function openDoors(doors: readonly Door[], listening: Listening): Promise<ReadonlyMap<number, number>> {
  const sockets = new Map<number, number>();
  for (const { port, host, isHandedOn } of doors) {
    const request = await resolveRequest(port, host, undefined);
    await listening.open(request);
    const fd = listening.descriptorOf(port);
    if (!isHandedOn || fd === undefined) continue;
    if (!(await listenOn(fd))) throw new BroodError('BROOD_LISTEN_FAILED', { address: nameOf(request), reason: 'the socket cannot be made to listen' });
    sockets.set(port, fd);
  }
  return sockets;
}

/** Binds the address of the cluster; a script brings its own, and so does egg. The result is the port, -1 with a path. */
export async function openAddress(settings: Settings, listening: Listening): Promise<number> {
  if (settings.script !== undefined || settings.bare) return settings.port;
  if (settings.egg !== undefined) {
    // Its config may name another address; but that the port is taken is better known before anything is forked.
    if (typeof settings.egg.options['port'] === 'number' && !listening.has(settings.port))
      (await bindMain({ address: null, port: settings.port, addressType: 4 })).close();
    return settings.port;
  }
  return listening.open(await resolveRequest(settings.port, settings.hostname, settings.path));
}

/** Where the first app worker says that it listens; an address that nobody said is that of the settings. */
export function watchAddress({ supervisor, settings, meeting }: Cluster): () => Address {
  let said: Address | undefined;
  supervisor.on('ready', (instance, address) => {
    if (instance.type !== settings.type || address === undefined || said !== undefined) return;
    const protocol = settings.https === undefined ? 'http' : 'https';
    said = 'path' in address ? address : { port: address.port, host: address.host === '::' ? '0.0.0.0' : address.host, protocol };
  });
  return () => said ?? where(settings).address(meeting.port);
}

/** Serves what an application has handed over, and lets it go at the end. */
import type { Server } from 'node:net';
import { BroodError } from '../errors.ts';
import type { Boot } from '../protocol.ts';
import type { Application } from './application.ts';
import { adoptAll } from './guest.ts';
import type { AdoptContext, Guest, Where } from './guest.ts';
import { hasListener, listening } from './servers.ts';
import { readsRequests } from './sticky/attach.ts';

/** Where the cluster listens, as this worker was told. */
function whereOf({ listen }: Boot): Where {
  if (listen.path !== undefined) return { path: listen.path };
  return listen.host === undefined ? { port: listen.port } : { port: listen.port, host: listen.host };
}

const alreadyListening = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    if (server.listening) return resolve();
    server.once('listening', resolve);
    server.once('error', reject);
  });

/**
 * Waits until the frameworks of all guests are ready; a parked spare gets so far.
 *
 * @throws BROOD_GUEST_… of guest.ts
 */
export async function adoptGuests(application: Application, boot: Boot, onStep: (step: string) => void): Promise<readonly Guest[]> {
  const context: AdoptContext = {
    baseDir: boot.baseDir,
    onStep,
    onError: error => application.logger.error(error),
    isListening: server => server.listening || hasListener(server),
    ...(boot.listen.https === undefined ? {} : { https: boot.listen.https }),
  };
  return adoptAll(application.takeGuests(), context);
}

/** Warns of an application that serves nothing at all. */
export function warnOfNothing(application: Application): void {
  application.logger.warn(new BroodError('BROOD_LISTEN_NOTHING', { file: 'the application' }));
}

/** @throws BROOD_STICKY_PROTOCOL where the guest at the address of the cluster is not read request by request */
function checkSticky(guests: readonly Guest[], { listen }: Boot): void {
  const guest = guests.find(({ listens }) => !listens);
  if (listen.sticky === undefined || guest === undefined || (guest.server !== undefined && readsRequests(guest.server))) return;
  throw new BroodError('BROOD_STICKY_PROTOCOL', { by: listen.sticky.by, guest: guest.kind });
}

/**
 * Listens with every guest; resolves when all of them do, with the address that a guest without a server of ours has got.
 * Rejects with the error of a listen() that failed.
 */
export async function listenWithGuests(guests: readonly Guest[], boot: Boot): Promise<Where | undefined> {
  const where = whereOf(boot);
  checkSticky(guests, boot);
  let got: Where | undefined;
  await Promise.all(
    guests.map(async guest => {
      if (guest.listens) return guest.server === undefined ? undefined : alreadyListening(guest.server);
      if (guest.listen !== undefined) got = await guest.listen(where);
      else if (guest.server !== undefined) await listening(guest.server, where);
    }),
  );
  return got;
}

/** Guests that say goodbye by themselves. */
export const drainGuests = async (guests: readonly Guest[]): Promise<void> => void (await Promise.all(guests.map(async guest => guest.drain?.())));

/** Lets the guests go, last one first. */
export async function closeGuests(guests: readonly Guest[]): Promise<void> {
  const failures: unknown[] = [];
  for (const guest of [...guests].reverse()) await guest.close?.().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

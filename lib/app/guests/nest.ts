/** Serves a Nest application, with the adapter of Express or of Fastify. */
import { BroodError } from '../../errors.ts';
import type { Guest, Seat } from './shape.ts';
import { isServer, type NestLike } from './duck.ts';

/** The framework under the adapter, when it has a readiness of its own (Fastify). */
const underlying = (adapter: unknown): unknown =>
  typeof adapter === 'object' && adapter !== null && 'getInstance' in adapter && typeof adapter.getInstance === 'function' ? adapter.getInstance() : undefined;

/** Looks at functions too: an Express application is one. */
const readyOf = async (instance: unknown): Promise<void> => {
  if (typeof instance === 'object' && instance !== null && 'ready' in instance && typeof instance.ready === 'function') await instance.ready();
};

export const adoptNest = async (nest: NestLike, seat: Seat): Promise<Guest> => {
  await nest.init();
  await readyOf(underlying(nest.getHttpAdapter()));
  const server = nest.getHttpServer();
  if (!isServer(server)) {
    const remedy = 'Create it with NestFactory.create() and an HTTP adapter.';
    throw new BroodError('BROOD_GUEST_FAILED', { guest: 'Nest', reason: 'it has no HTTP server', remedy });
  }
  return {
    kind: 'nest',
    ...seat(server),
    close: async () => void (await nest.close()),
  };
};

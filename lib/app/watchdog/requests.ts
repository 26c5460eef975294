/** Names the HTTP requests that this process is answering, for a report about what blocks it. */
import { MOST_REQUESTS } from '../../observed.ts';
import { allListeners } from '../servers.ts';

const LONGEST = 256;

/** Method and path: what follows a `?` may be somebody's secret. */
const nameOf = (request: object): string | undefined => {
  const method: unknown = Reflect.get(request, 'method');
  const url: unknown = Reflect.get(request, 'url');
  return typeof method === 'string' && typeof url === 'string' ? `${method} ${url.replace(/\?.*$/s, '')}`.slice(0, LONGEST) : undefined;
};

/** The response that a connection carries: node:http keeps it there, without a name for others. */
function requestOn(socket: object): string | undefined {
  const response: unknown = Reflect.get(socket, '_httpMessage');
  const request: unknown = typeof response === 'object' && response !== null ? Reflect.get(response, 'req') : undefined;
  return typeof request === 'object' && request !== null ? nameOf(request) : undefined;
}

/** A few of them, those of the latest connections first. Called while the main thread is stopped: it must change nothing. */
export function requestsUnderWay(): readonly string[] {
  const names: string[] = [];
  for (const { sockets } of allListeners()) {
    for (const socket of [...sockets].toReversed()) {
      const name = requestOn(socket);
      if (name !== undefined) names.push(name);
      if (names.length === MOST_REQUESTS) return names;
    }
  }
  return names;
}

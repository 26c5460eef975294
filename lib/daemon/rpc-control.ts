/** The commands of the control API by msgpack-rpc, when the configuration asks for that. */
import path from 'node:path';
import { rpcOf } from '../rpc/commands.ts';
import type { Command } from '../rpc/commands.ts';
import type { Plan } from './plan.ts';
import type { Route } from './routes.ts';

const PREFIX = '/v1/';

/** `reload`, `status`, `instances`: the last word of the path; what it leaves open is the parameter `name`. */
const nameOf = (route: Route): string => route.path.slice(PREFIX.length).split('/')[0] ?? '';

function commandOf(route: Route): Command {
  return async params => {
    const { name, ...body } = params;
    const open = route.path.includes('{name}');
    const asked = { name: open && typeof name === 'string' ? name : '', query: new URLSearchParams(), body: open ? body : params };
    const answer = await route.run(asked, new AbortController().signal);
    if ('json' in answer) return answer.json;
    return 'plain' in answer ? answer.plain.text : undefined;
  };
}

/** Streams have no answer in msgpack-rpc. */
const STREAMS = new Set(['/v1/events', '/v1/logs', '/v1/instances/{name}/attach']);
const isCommand = ({ path: where }: Route): boolean => where.startsWith(PREFIX) && !STREAMS.has(where);

/**
 * Serves them where the configuration says; the result ends that. Nothing without `rpc.control`.
 *
 * @throws BROOD_RPC_PEER_MISSING, BROOD_RPC_ADDRESS
 */
export async function serveControl({ loaded }: Plan, routes: readonly Route[]): Promise<(() => Promise<void>) | undefined> {
  const rpc = loaded?.config.rpc;
  if (loaded === undefined || rpc?.control !== true) return undefined;
  const server = rpcOf(Object.fromEntries(routes.filter(isCommand).map(route => [nameOf(route), commandOf(route)])));
  await server.listen(
    'path' in rpc ? { path: path.resolve(path.dirname(loaded.path), rpc.path) } : { port: rpc.port, ...(rpc.host === undefined ? {} : { host: rpc.host }) },
  );
  return () => server.close();
}

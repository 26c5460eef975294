/** What is known of a client by its connection. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { plainAddress, type RequestFacts } from '../../policy/forwarded.ts';
import type { Entry } from './entry.ts';

const ENDS = Symbol('ends');
/** Looked up once for all requests of a connection. */
interface Ends {
  readonly address: string | undefined;
  readonly port: string;
}

function endsOf(socket: Socket & { [ENDS]?: Ends }): Ends {
  const known = socket[ENDS];
  if (known !== undefined) return known;
  const { remoteAddress, localPort } = socket;
  return (socket[ENDS] = { address: remoteAddress === undefined ? undefined : plainAddress(remoteAddress), port: String(localPort ?? '') });
}

/** What the headers of a request depend on. */
export function facts(
  request: IncomingMessage,
  entry: Entry,
  { host, continues, hasBody }: { readonly host: string | undefined; readonly continues: boolean; readonly hasBody: boolean },
): RequestFacts {
  const { address, port } = endsOf(request.socket);
  const { headers, method = 'GET' } = request;
  return { headers, address, port, proto: 'http', trust: entry.boot.trust === true, continues, host, hasBody, method };
}

/** Load on an application: clients that ask again as soon as they have their answer. */
import http from 'node:http';
import https from 'node:https';

export interface Counts {
  readonly answered: number;
  /** Error codes and statuses of what went wrong. */
  readonly failed: readonly string[];
  /** The distinct answers. */
  readonly answers: ReadonlySet<string>;
}

export interface Load {
  readonly soFar: () => Counts;
  /** Resolves when every client has its last answer. */
  readonly stop: () => Promise<Counts>;
}

export interface LoadOptions {
  readonly clients?: number;
  /** False: a connection for each request. Default: true. */
  readonly keepAlive?: boolean;
  readonly secure?: boolean;
}

/** A request without an answer for so long hangs. */
const PATIENCE = 20_000;

/** Begins at once. `target`: host and port, or the path of a socket. */
export function load(target: http.RequestOptions, { clients = 4, keepAlive = true, secure = false }: LoadOptions = {}): Load {
  const { Agent, get } = secure ? https : http;
  const agent = new Agent({ keepAlive, maxSockets: clients, rejectUnauthorized: false });
  const failed: string[] = [];
  const answers = new Set<string>();
  const order = { stop: false };
  let answered = 0;
  const once = (): Promise<void> =>
    new Promise(resolve => {
      const fail = (why: string): void => {
        failed.push(why);
        // A dead server is not counted a thousand times a second.
        setTimeout(resolve, 20);
      };
      const request = get({ ...target, agent, timeout: PATIENCE }, response => {
        let text = '';
        response.setEncoding('utf8').on('data', chunk => (text += String(chunk)));
        response.once('error', error => fail(String(Reflect.get(error, 'code') ?? error)));
        response.once('end', () => {
          if (response.statusCode !== 200) return fail(String(response.statusCode));
          answered++;
          answers.add(text);
          resolve();
        });
      });
      request.once('timeout', () => request.destroy(new Error('it hangs')));
      request.once('error', error => fail(String(Reflect.get(error, 'code') ?? error)));
    });
  const client = async (): Promise<void> => {
    while (!order.stop) await once();
  };
  const running = Promise.all(Array.from({ length: clients }, client));
  const soFar = (): Counts => ({ answered, failed, answers });
  return {
    soFar,
    async stop() {
      order.stop = true;
      await running;
      agent.destroy();
      return soFar();
    },
  };
}

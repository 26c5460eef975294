/** A request whose listener fails is answered, and the failure goes on: its client does not wait until the worker that leaves cuts it. */
import type { ServerResponse } from 'node:http';
import type { Listener } from './duck.ts';

/** RFC 9110, section 15.6.1; what has begun cannot be taken back, and is cut. */
function giveUp(response: ServerResponse): void {
  if (response.writableEnded) return;
  if (response.headersSent) return void response.destroy();
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.writeHead(500, { 'content-type': 'text/plain' });
  response.end('Internal Server Error\n');
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';

/** `listener`; what it throws is an uncaught exception as before, and what it rejects with an unhandled rejection. */
export const answering = (listener: Listener): Listener =>
  function answer(this: unknown, request, response) {
    const fail = (error: unknown): never => {
      giveUp(response);
      throw error;
    };
    try {
      const result = listener.call(this, request, response);
      return isThenable(result) ? result.then(undefined, fail) : result;
    } catch (error) {
      return fail(error);
    }
  };

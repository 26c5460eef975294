/** Writes what a row of the control API answers: a document, a text, a stream of documents. */
import type { ServerResponse } from 'node:http';
import { roomIn } from './room.ts';
import type { Answer } from './routes.ts';

/** A client that has not read so many bytes of a stream loses what comes then. */
const MOST_UNREAD = 1024 * 1024;

export async function send(response: ServerResponse, answer: Exclude<Answer, { readonly talk: unknown }>): Promise<void> {
  if ('json' in answer) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify(answer.json)}\n`);
  } else if ('plain' in answer) {
    response.writeHead(answer.plain.status ?? 200, { 'content-type': answer.plain.type });
    response.end(answer.plain.text);
  } else {
    const { type, items } = answer.stream;
    response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' });
    response.flushHeaders();
    let missed = 0;
    for await (const item of items) {
      if (response.destroyed) break;
      if (response.writableLength > MOST_UNREAD) {
        if (type === 'text/event-stream') {
          missed++;
          continue;
        }
        await roomIn(response);
      }
      if (missed > 0) response.write(frame(type, { kind: 'missed', count: missed }));
      missed = 0;
      response.write(frame(type, item));
    }
    response.end();
  }
}

/** One document of a stream (server-sent events: WHATWG HTML, section 9.2). */
const frame = (type: string, item: unknown): string => (type === 'text/event-stream' ? `data: ${JSON.stringify(item)}\n\n` : `${JSON.stringify(item)}\n`);

/** Serves an object with `fetch()`: a node:http request becomes a Request, the Response is written back as it streams. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FetchLike, Listener } from './duck.ts';

/** Either of node's: the HTTP/1.1 one, or the compatible one of HTTP/2, which forbids some headers. */
const isHttp2 = (request: IncomingMessage): boolean => request.httpVersionMajor >= 2;

const isEncrypted = (request: IncomingMessage): boolean => 'encrypted' in request.socket && request.socket.encrypted === true;

/** RFC 9110 section 7.1: the target is a path, or for a proxy a whole URL; `*` (OPTIONS) has no path. */
const urlOf = (request: IncomingMessage): URL => {
  const target = request.url ?? '/';
  if (/^https?:\/\//i.test(target)) return new URL(target);
  const authority = request.headers[':authority'] ?? request.headers.host ?? 'localhost';
  // What ends an authority in a URL must not come from a header: it would move a part of it into the path.
  if (typeof authority !== 'string' || /[/?#@\\\s]/.test(authority)) throw new TypeError('invalid Host header');
  return new URL(`${isEncrypted(request) ? 'https' : 'http'}://${authority}${target === '*' ? '/' : target}`);
};

const headersOf = (request: IncomingMessage): Headers => {
  const headers = new Headers();
  const raw = request.rawHeaders;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? '';
    if (!name.startsWith(':')) headers.append(name, raw[index + 1] ?? '');
  }
  return headers;
};

const hasBody = (request: IncomingMessage): boolean => {
  if (request.method === 'GET' || request.method === 'HEAD') return false;
  if (isHttp2(request)) return request.headers['content-length'] !== '0';
  const length = request.headers['content-length'];
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
};

/**
 * The body as a stream of its own. Nothing is read before the application reads, so node itself throws away a body that
 * nobody wants; and giving up in the middle does not cost the connection, over which the answer has yet to go.
 */
const bodyOf = (request: IncomingMessage): ReadableStream<Uint8Array> => {
  let open = true;
  const begin = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    const fail = (error?: Error): void => {
      if (open) controller.error(error ?? new Error('the client left before the end of the request'));
      open = false;
    };
    request.on('data', (chunk: Buffer) => {
      if (!open) return;
      controller.enqueue(chunk);
      request.pause();
    });
    request.once('end', () => {
      if (open) controller.close();
      open = false;
    });
    request.once('error', fail).once('close', () => fail());
  };
  let begun = false;
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    if (request.destroyed && !request.readableEnded) return controller.error(new Error('the client has left'));
    if (!begun) begin(controller);
    begun = true;
    request.resume();
  };
  const cancel = (): void => {
    open = false;
    request.resume();
  };
  return new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
};

const requestOf = (request: IncomingMessage, signal: AbortSignal): Request => {
  const options: RequestInit = { method: request.method ?? 'GET', headers: headersOf(request), signal };
  if (!hasBody(request)) return new Request(urlOf(request), options);
  return new Request(urlOf(request), { ...options, body: bodyOf(request), duplex: 'half' });
};

/** RFC 9113 section 8.2.2: what belongs to one connection has no place in HTTP/2. */
const OF_CONNECTION = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);

const writeHead = (request: IncomingMessage, response: ServerResponse, answer: Response): void => {
  const http2 = isHttp2(request);
  response.statusCode = answer.status;
  if (!http2 && answer.statusText) response.statusMessage = answer.statusText;
  for (const [name, value] of answer.headers) {
    if (name !== 'set-cookie' && !(http2 && OF_CONNECTION.has(name))) response.setHeader(name, value);
  }
  const cookies = answer.headers.getSetCookie();
  if (cookies.length > 0) response.setHeader('set-cookie', cookies);
};

type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Chunk = Awaited<ReturnType<Reader['read']>>;

/** Resolves when more may be written, or when nobody will read it any more. */
const writable = (response: ServerResponse): Promise<void> =>
  new Promise(resolve => {
    const settle = (): void => {
      response.off('drain', settle).off('close', settle);
      resolve();
    };
    response.on('drain', settle).on('close', settle);
  });

/** A chunk that is there already, or is within this turn of the loop; `undefined`: it takes its time. */
const atOnce = async (chunk: Promise<Chunk>): Promise<Chunk | undefined> => {
  let timer: NodeJS.Immediate | undefined;
  const turn = new Promise<undefined>(resolve => {
    timer = setImmediate(resolve, undefined);
  });
  try {
    return await Promise.race([chunk, turn]);
  } finally {
    clearImmediate(timer);
  }
};

const pump = async (reader: Reader, response: ServerResponse, gone: AbortSignal): Promise<void> => {
  let next = reader.read();
  let chunk = await atOnce(next);
  if (!chunk) {
    // A stream of events may stay silent for long; its head must not.
    response.flushHeaders();
    chunk = await next;
  } else if (!chunk.done && !response.hasHeader('content-length')) {
    const first = chunk;
    next = reader.read();
    const second = await atOnce(next);
    // One chunk is the whole body: a length spares the chunked encoding.
    if (second?.done) {
      response.setHeader('content-length', first.value.byteLength);
      return void response.end(first.value);
    }
    response.write(first.value);
    chunk = await next;
  }
  for (; !chunk.done && !gone.aborted; chunk = await reader.read()) {
    if (!response.write(chunk.value)) await writable(response);
  }
  response.end();
};

const send = async (request: IncomingMessage, response: ServerResponse, { answer, gone }: { answer: Response; gone: AbortSignal }): Promise<void> => {
  if (gone.aborted) return answer.body?.cancel();
  writeHead(request, response, answer);
  if (!answer.body || request.method === 'HEAD') {
    await answer.body?.cancel();
    response.end();
    return;
  }
  const reader = answer.body.getReader();
  // The source of the stream is told that nobody reads, so that it stops producing; a failure at that is its own affair.
  gone.addEventListener('abort', () => void reader.cancel().catch(() => {}), { once: true });
  await pump(reader, response, gone);
};

const refuse = (response: ServerResponse, status: number): void => {
  if (response.headersSent) return void response.destroy();
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.writeHead(status, { 'content-type': 'text/plain' }).end(status === 500 ? 'Internal Server Error' : 'Bad Request');
};

/**
 * A listener of node:http for an object with `fetch()`. Its second argument is `{ incoming, outgoing }`, node's own pair,
 * as the Node.js servers for such objects hand in.
 *
 * @param onError told of what fetch() threw or its body failed with; the client gets 500, or a cut body
 */
export const webListener = (app: FetchLike, onError: (error: unknown) => void): Listener => {
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const gone = new AbortController();
    let finished = false;
    outgoing.once('finish', () => (finished = true));
    outgoing.once('close', () => finished || gone.abort());
    let request: Request;
    try {
      request = requestOf(incoming, gone.signal);
    } catch {
      return refuse(outgoing, 400);
    }
    try {
      const response = await app.fetch(request, { incoming, outgoing });
      if (typeof response !== 'object' || response === null || !('headers' in response)) throw new TypeError('fetch() gave no Response');
      await send(incoming, outgoing, { answer: response, gone: gone.signal });
    } catch (error) {
      // A client that left in the middle makes the application's own reads fail; that is no error of the application.
      if (gone.signal.aborted) return;
      onError(error);
      refuse(outgoing, 500);
    }
  };
  return (incoming, outgoing) => void answer(incoming, outgoing);
};

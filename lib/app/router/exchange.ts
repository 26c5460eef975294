/** One request on its way to an instance, and the answer on its way back. */
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { answerHeaders, keptFor, requestHeaders, targetOf, trailersOf } from '../../policy/forwarded.ts';
import { mayResend } from '../../policy/resend.ts';
import { openOver, type Backend, type Line } from './backend.ts';
import { facts } from './client.ts';
import type { Caller, Connection, Entry, Refusal } from './entry.ts';
import { passInformation } from './information.ts';

export const textAnswer = (response: ServerResponse, status: number, text: string, headers: Readonly<Record<string, string>> = {}): void => {
  const body = `${text}\n`;
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(body), ...headers });
  response.end(response.req.method === 'HEAD' ? undefined : body);
};

/** Sends the head. flushHeaders() does so in UTF-8, but header values are bytes, which Node.js reads as latin1. */
const flushHead = (message: ClientRequest | ServerResponse): void => void message.write('', 'latin1');

/** Up to so many bytes a body is written together with its head: one system call instead of two buffers. */
const TOGETHER = 8192;

/** Latin1 is bytes as they are, and what heads are written in. */
function endWith(message: ClientRequest | ServerResponse, body: Buffer | null): void {
  if (body === null || body.length === 0) message.end();
  else if (body.length > TOGETHER) message.end(body);
  else message.end(body.toString('latin1'), 'latin1');
}

export class Exchange implements Caller {
  readonly tunnels = false;
  reuses = true;
  avoid: Backend | undefined;
  since: number | undefined;
  readonly #entry: Entry;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #continues: boolean;
  readonly #hasBody: boolean;
  readonly #done: () => void;
  /** The whole of a body that came with its head. */
  #body: Buffer | undefined;
  /** A part of the body was passed on, and is gone. */
  #bodyGone = false;
  #resent = 0;
  #upstream: ClientRequest | undefined;
  #backend: Backend | undefined;
  #line: Line | undefined;
  #writtenBefore = 0;
  #answer: IncomingMessage | undefined;
  /** Nobody waits for the answer any more, or it is complete. */
  #over = false;

  /** `continues`: the client waits for the word to send the body. `done`: called once, when the client has its answer or has gone. */
  constructor(
    entry: Entry,
    { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
    continues: boolean,
    done: () => void,
  ) {
    this.#entry = entry;
    this.#request = request;
    this.#response = response;
    this.#continues = continues;
    const { headers } = request;
    this.#hasBody = headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
    this.#done = done;
  }

  begin(): void {
    this.#response.on('close', this.#closed);
    // A body that came in one piece with the head has not been read yet.
    if (this.#hasBody && !this.#continues) process.nextTick(() => this.#over || this.#entry.ask(this));
    else this.#entry.ask(this);
  }

  reached({ backend, line }: Connection): void {
    if (this.#over) {
      backend.inFlight--;
      return backend.giveBack(line);
    }
    const upstream = this.#open(line);
    if (upstream === undefined) {
      backend.inFlight--;
      backend.giveBack(line);
      return textAnswer(this.#response, 400, 'this request cannot be passed on', { connection: 'close' });
    }
    this.#upstream = upstream;
    this.#backend = backend;
    this.#line = line;
    this.#writtenBefore = line.bytesWritten;
    upstream.on('response', this.#answered);
    upstream.on('information', this.#informed);
    upstream.on('error', () => this.#upstream === upstream && this.#failed());
    upstream.on('close', () => {
      backend.inFlight--;
      if (this.#upstream !== upstream) return;
      // Of an answer that node:http does not take nobody is told.
      if (this.#answer === undefined) this.#failed();
      else if (this.#hasBody) this.#dropBody(upstream);
    });
    this.#send(upstream);
  }

  refused(why: Refusal): void {
    if (!this.#over) textAnswer(this.#response, 503, this.#entry.reason(why), { 'retry-after': '1' });
  }

  #open(line: Line): ClientRequest | undefined {
    const { method = 'GET', url = '/', rawHeaders } = this.#request;
    const target = targetOf(url);
    if (target === undefined) return undefined;
    const headers = requestHeaders(rawHeaders, facts(this.#request, this.#entry, { host: target.host, continues: this.#continues, hasBody: this.#hasBody }));
    return headers === undefined ? undefined : openOver(line, { method, path: target.path, headers });
  }

  #send(upstream: ClientRequest): void {
    const request = this.#request;
    if (!this.#hasBody) return void upstream.end();
    if (this.#body === undefined && request.complete && !this.#bodyGone) this.#body = (request.read() as Buffer | null) ?? Buffer.alloc(0);
    if (this.#body !== undefined) {
      this.#addTrailers(upstream);
      return endWith(upstream, this.#body);
    }
    // The instance may have something to say to the head.
    flushHead(upstream);
    request.once('data', () => (this.#bodyGone = true));
    request.once('end', () => this.#addTrailers(upstream));
    request.pipe(upstream);
  }

  #addTrailers(upstream: ClientRequest): void {
    const { rawTrailers } = this.#request;
    if (rawTrailers.length > 0) upstream.addTrailers(trailersOf(rawTrailers));
  }

  readonly #informed = (information: Parameters<typeof passInformation>[1]): void => {
    if (!this.#over && !this.#response.headersSent) passInformation(this.#response, information, this.#continues);
  };

  readonly #answered = (answer: IncomingMessage): void => {
    this.#answer = answer;
    // By then what came in one piece with the head has been read.
    process.nextTick(this.#pass, answer);
  };

  readonly #pass = (answer: IncomingMessage): void => {
    const backend = this.#backend;
    if (this.#over || backend === undefined) return;
    if (backend.kept === undefined) backend.keeps(keptFor(answer.rawHeaders));
    const response = this.#response;
    const { statusCode = 502, statusMessage, rawHeaders } = answer;
    const hasBody = this.#request.method !== 'HEAD' && statusCode !== 204 && statusCode !== 304;
    const { headers, coding } = answerHeaders(rawHeaders, hasBody && this.#request.httpVersionMinor > 0);
    if (coding !== undefined && coding !== 'chunked') return this.#badGateway(`${backend.name} answered in the coding ${coding}`);
    const isWhole = answer.complete && answer.rawTrailers.length === 0;
    // Proven by node:http: without an encoding it reads buffers.
    const body = isWhole ? (answer.read() as Buffer | null) : null;
    if (isWhole && hasBody && coding !== undefined) headers.push('Content-Length', String(body?.length ?? 0));
    try {
      response.writeHead(statusCode, statusMessage, headers);
    } catch {
      return this.#badGateway(`the answer of ${backend.name} cannot be passed on`);
    }
    if (isWhole) return endWith(response, body);
    answer.once('error', () => response.destroy());
    answer.once('end', () => answer.rawTrailers.length > 0 && response.addTrailers(trailersOf(answer.rawTrailers)));
    if (answer.readableLength === 0) flushHead(response);
    answer.pipe(response);
  };

  readonly #failed = (): void => {
    if (this.#over) return;
    if (this.#answer !== undefined) return void (this.#answer.complete || this.#response.destroy());
    const written = (this.#line?.bytesWritten ?? 0) > this.#writtenBefore;
    const { method = 'GET' } = this.#request;
    if (!mayResend({ method, hasBody: this.#hasBody, written, bodyGone: this.#bodyGone, resent: this.#resent }))
      return this.#badGateway(`${this.#backend?.name ?? 'an instance'} ended the connection without an answer`);
    if (written) this.#resent++;
    this.#again();
  };

  /** Another connection, to another instance if there is one: one that was kept may have ended as this one has. */
  #again(): void {
    this.#upstream = undefined;
    this.#request.unpipe();
    this.avoid = this.#backend;
    this.reuses = false;
    this.since = undefined;
    this.#entry.ask(this);
  }

  #badGateway(text: string): void {
    const upstream = this.#upstream;
    this.#upstream = undefined;
    upstream?.destroy();
    if (this.#response.headersSent) return void this.#response.destroy();
    // The rest of the body is not wanted any more.
    textAnswer(this.#response, 502, text, this.#request.complete ? {} : { connection: 'close' });
  }

  /** What the client goes on to send after its answer: read, for it might not read the answer before. */
  #dropBody(upstream: ClientRequest): void {
    if (this.#request.complete) return;
    this.#request.unpipe(upstream);
    this.#request.resume();
  }

  /** The client has its answer, or has gone. */
  readonly #closed = (): void => {
    this.#over = true;
    this.#entry.cancel(this);
    if (!this.#response.writableFinished) this.#upstream?.destroy();
    this.#done();
  };
}

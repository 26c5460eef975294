/**
 * Counts the requests of this process, from what node:http publishes of each (Node.js has no such channel for HTTP/2: there
 * the sessions are listened to). Nothing is subscribed before somebody wants to know.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import type { Http2Session, IncomingHttpStatusHeader, ServerHttp2Stream } from 'node:http2';
import type { Server, Socket } from 'node:net';
import { STATUS_CLASSES } from '../../observed.ts';
import type { RequestFigures } from '../../observed.ts';
import { countOn, hasListener } from '../servers.ts';
import { LatencyMeter } from './latency-meter.ts';

/**
 * What is under way on one connection; with HTTP/1 it is answered in the order in which it came. One object a connection:
 * a member that is added to each response would cost more than all the rest.
 */
interface Exchange {
  /** Requests that are not answered, and of those how many another worker counts. */
  open: number;
  elsewhere: number;
  /** Of the first of them, and of the others, where a client does not wait for answers. */
  mark: number;
  readonly others: number[];
}

/** A request that another worker answers; all others have for their mark when they came, if that is measured, else 0. */
const ELSEWHERE = -1;

const EXCHANGE = Symbol('exchange');
type Connection = Socket & { [EXCHANGE]?: Exchange };

/** What node:http publishes. */
interface Published {
  readonly response: ServerResponse;
  readonly socket: Connection;
  readonly server: Server;
}

const latency = new LatencyMeter();
const http1 = new Float64Array(STATUS_CLASSES);
const http2 = new Float64Array(STATUS_CLASSES);
let inFlight = 0;
let finished = 0;
let accepted = 0;
let webSockets = 0;
/** Called with each request that has ended. */
let ended: ((requests: number) => void) | undefined;

function end(into: Float64Array, status: number, came: number): void {
  latency.ended(came);
  const kind = status >= 100 && status < 600 ? Math.floor(status / 100) : 0;
  into[kind] = (into[kind] ?? 0) + 1;
  inFlight--;
  finished++;
  ended?.(finished);
}

function cut(into: Float64Array, requests: number): void {
  into[0] = (into[0] ?? 0) + requests;
  inFlight -= requests;
  finished += requests;
  ended?.(finished);
}

/** The connection is gone, and with it what was not answered. One function for all: no closure for each. */
function connectionEnded(this: Connection): void {
  const exchange = this[EXCHANGE];
  if (exchange === undefined) return;
  const unanswered = exchange.open - exchange.elsewhere;
  exchange.open = 0;
  if (unanswered > 0) cut(http1, unanswered);
}

/** Nothing of what workers tell each other is counted: their servers are not followed. */
function begin(socket: Connection, server: Server): Exchange | undefined {
  if (!hasListener(server)) return undefined;
  const exchange: Exchange = { open: 0, elsewhere: 0, mark: 0, others: [] };
  socket[EXCHANGE] = exchange;
  socket.on('close', connectionEnded);
  return exchange;
}

function requestCame(message: unknown): void {
  // Node.js publishes such an object here.
  const { socket, server } = message as Published;
  const exchange = socket[EXCHANGE] ?? begin(socket, server);
  if (exchange === undefined) return;
  const mark = latency.mark();
  if (exchange.open++ === 0) exchange.mark = mark;
  else exchange.others.push(mark);
  inFlight++;
}

function responseFinished(message: unknown): void {
  const { response, socket } = message as Published;
  const exchange = socket[EXCHANGE];
  // With its connection it was counted as one without an answer.
  if (exchange === undefined || exchange.open === 0) return;
  const { mark } = exchange;
  if (--exchange.open > 0) exchange.mark = exchange.others.shift() ?? 0;
  if (mark === ELSEWHERE) exchange.elsewhere--;
  else end(http1, response.statusCode, mark);
}

/** Another worker answers the request that came last on this connection, and counts it. */
export function countElsewhere(socket: Connection): void {
  const exchange = socket[EXCHANGE];
  if (exchange === undefined || exchange.open === 0) return;
  if (exchange.open === 1) exchange.mark = ELSEWHERE;
  else exchange.others[exchange.others.length - 1] = ELSEWHERE;
  exchange.elsewhere++;
  inFlight--;
}

function followSession(session: Http2Session): void {
  session.on('stream', (stream: ServerHttp2Stream) => {
    const came = latency.mark();
    inFlight++;
    stream.once('close', () => {
      // Node.js sets it with the first header that is sent.
      const headers = stream.sentHeaders as Partial<IncomingHttpStatusHeader> | undefined;
      const status = headers?.[':status'];
      if (status === undefined) cut(http2, 1);
      else end(http2, status, came);
    });
  });
}

let isOn = false;

/** Counts from now on; to be called before the first server listens. `onEnd` is told of each request that has ended, by their number. */
export function countRequests(onEnd?: (requests: number) => void): void {
  ended ??= onEnd;
  if (isOn) return;
  isOn = true;
  subscribe('http.server.request.start', requestCame);
  subscribe('http.server.response.finish', responseFinished);
  countOn({ connection: () => accepted++, webSocket: () => webSockets++, session: followSession });
}

/** What was counted so far. */
export const requestFigures = (): RequestFigures => ({
  inFlight: Math.max(0, inFlight),
  http1: [...http1],
  http2: [...http2],
  latency: latency.figures(),
});

export const connectionFigures = (): { readonly accepted: number; readonly webSockets: number } => ({ accepted, webSockets });

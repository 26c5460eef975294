/** Clients of every kind at once, for as long as something is done to the server; counts what failed, by kind and by what it was. */
import http from 'node:http';
import http2 from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';

const UPLOAD = Buffer.alloc(200_000, 'x');
/** Milliseconds after which an answer that has not come counts as lost. */
const LOST = 10_000;

class Tally {
  done = 0;
  failed = 0;
  /** Sent again, as the protocol says. */
  again = 0;
  codes = new Map();

  fail(code) {
    this.failed++;
    this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
  }
}

function request(options, body, tally) {
  return new Promise(resolve => {
    const end = code => {
      clearTimeout(timer);
      if (code === undefined) tally.done++;
      else tally.fail(code);
      resolve();
    };
    const one = http.request(options, response => {
      response.resume();
      response.once('end', () => end(response.statusCode === 200 ? undefined : `status ${response.statusCode}`));
      response.once('error', error => end(error.code ?? error.message));
    });
    const timer = setTimeout(() => one.destroy(Object.assign(new Error('lost'), { code: 'LOST' })), LOST);
    one.once('error', error => end(error.code ?? error.message));
    one.end(body);
  });
}

/**
 * One request; resolves with whether it is to be sent again: a stream that is refused was not processed (RFC 9113, section 8.7). Node's
 * client refuses by itself what it has not written yet when a GOAWAY comes, so with every server some are.
 */
function streamOf(session, tally) {
  return new Promise(resolve => {
    const stream = session.request({ ':path': '/' });
    let status;
    let over = false;
    const end = code => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      const isRefused = code !== undefined && status === undefined && stream.rstCode === http2.constants.NGHTTP2_REFUSED_STREAM;
      if (isRefused) tally.again++;
      else if (code === undefined) tally.done++;
      else tally.fail(code);
      resolve(isRefused);
    };
    const timer = setTimeout(() => stream.destroy(Object.assign(new Error('lost'), { code: 'LOST' })), LOST);
    stream.once('response', headers => (status = headers[':status']));
    stream.once('error', error => end(error.code ?? error.message));
    stream.once('end', () => end(status === 200 ? undefined : `status ${status}`));
    stream.resume();
    stream.end();
  });
}

/** A session for as long as it may be used: after GOAWAY another one is opened, as browsers do. */
async function overHttp2(port, tally, isOver) {
  let session;
  while (!isOver()) {
    if (session === undefined || session.closed || session.destroyed || session.leaving) {
      session = http2.connect(`http://127.0.0.1:${port}`);
      const own = session;
      own.on('goaway', () => (own.leaving = true));
      own.on('error', () => {});
    }
    if (await streamOf(session, tally)) session.leaving = true;
    else await sleep(5);
  }
  session?.close();
}

/** One message and its echo at a time; an end that was announced (1001) is followed by a new connection, as clients do. */
async function overWebSocket(port, tally, isOver) {
  while (!isOver()) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`);
    const closed = new Promise(resolve => socket.once('close', resolve));
    const opened = await new Promise(resolve => {
      socket.once('open', () => resolve(true));
      socket.once('error', error => {
        tally.fail(error.code ?? error.message);
        resolve(false);
      });
    });
    if (!opened) {
      await sleep(20);
      continue;
    }
    socket.on('error', () => {});
    while (!isOver() && socket.readyState === WebSocket.OPEN) {
      const echo = Promise.race([new Promise(resolve => socket.once('message', () => resolve('echo'))), closed]);
      socket.send('hello', () => {});
      if ((await echo) === 'echo') tally.done++;
      await sleep(20);
    }
    if (isOver()) socket.close();
    const code = await closed;
    if (!isOver() && code !== 1001 && code !== 1000) tally.fail(`close ${code}`);
  }
}

/** Each kind of client, by the name in the table: how many there are, and what one of them does. */
const KINDS = {
  'keep-alive': [16, ({ looped, agent, tally }) => looped({ agent }, undefined, tally, 5)],
  'new connections': [8, ({ looped, tally }) => looped({ agent: false }, undefined, tally, 5)],
  uploads: [4, ({ looped, tally }) => looped({ agent: false, method: 'POST' }, UPLOAD, tally, 10)],
  'HTTP/2': [4, ({ port, tally, isOver }) => overHttp2(port + 1, tally, isOver)],
  WebSocket: [8, ({ port, tally, isOver }) => overWebSocket(port, tally, isOver)],
};

/** Of a thousand streams that were answered so many had been refused before. What a client refuses by itself is rare; a server that refuses is not. */
export const againIn1000 = ({ 'HTTP/2': { done, again } }) => (again / done) * 1000;

/** Starts those of these kinds (all). `stop()` resolves with a tally for each kind, once every one has finished what it had begun. */
export function startClients(port, names = Object.keys(KINDS)) {
  let over = false;
  const isOver = () => over;
  const kinds = Object.fromEntries(names.map(name => [name, new Tally()]));
  const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
  const looped = async (options, body, tally, pause) => {
    while (!isOver()) {
      await request({ host: '127.0.0.1', port, path: '/', ...options }, body, tally);
      await sleep(pause);
    }
  };
  const all = names.flatMap(name => {
    const [count, client] = KINDS[name];
    return Array.from({ length: count }, () => client({ looped, agent, port, isOver, tally: kinds[name] }));
  });
  return {
    async stop() {
      over = true;
      await Promise.all(all);
      agent.destroy();
      return kinds;
    },
  };
}

/** A small HTTP application that does to itself what a request orders. */
import { createHash } from 'node:crypto';
import http2 from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootAsTold } from './boot.js';
import { deeds } from './deeds.js';
import { mail } from './mail.js';

const json = (response, value) => response.setHeader('content-type', 'application/json').end(JSON.stringify(value));

async function upload(request, response) {
  let bytes = 0;
  for await (const chunk of request) bytes += chunk.length;
  json(response, { bytes, pid: process.pid });
}

/** Server-sent events, without an end. */
function events(response) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const timer = setInterval(() => response.write('data: still here\n\n'), 100);
  response.on('close', () => clearInterval(timer));
}

export default async app => {
  const heard = { early: [], counted: 0 };
  app.messenger.on('early', number => heard.early.push(number));
  app.messenger.on('count', () => heard.counted++);
  app.on('server', server =>
    server.on('upgrade', (request, socket) => {
      const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
      socket.on('data', frame => (frame[0] & 0x0f) === 8 && socket.end());
      socket.on('error', () => {});
    }),
  );
  const handle = async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://host');
    const how = Object.fromEntries(searchParams);
    try {
      if (pathname === '/') return response.end(String(process.pid));
      if (pathname === '/slow') {
        await sleep(Number(how.ms));
        return response.end(String(process.pid));
      }
      if (pathname === '/upload') return await upload(request, response);
      if (pathname === '/heard') return json(response, { ...heard, pid: process.pid });
      if (pathname.startsWith('/mail/')) return json(response, await mail[pathname.slice(6)](app.messenger, how));
      if (pathname === '/log') {
        for (let line = 0; line < Number(how.lines); line++) app.logger.info('line %d %s', line, '.'.repeat(200));
        return json(response, { pid: process.pid, lost: app.logger.lost });
      }
      if (pathname === '/agent') return json(response, await app.messenger.sendToAgent('do', how));
      if (pathname === '/do') return json(response, { pid: process.pid, result: deeds[how.deed](how) });
      if (pathname === '/slot') return response.end(String(app.slot));
      if (pathname === '/large') return response.end(Buffer.alloc(Number(how.bytes), 'x'));
      if (pathname === '/events') return events(response);
      response.statusCode = 404;
      return response.end();
    } catch (error) {
      response.statusCode = 500;
      return json(response, { code: error.code, message: error.message, pid: process.pid });
    }
  };
  app.handle(process.env.FAULTS_SERVER === 'h2' ? http2.createServer((request, response) => void handle(request, response)) : handle);
  await bootAsTold('app', app);
};

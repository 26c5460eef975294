/** A server of its own for the row "operations": HTTP, uploads, WebSocket and, one port higher, HTTP/2. Unchanged under every manager of processes. */
const http = require('node:http');
const http2 = require('node:http2');
const { WebSocketServer } = require('ws');

const port = Number(process.env.PORT);
const boot = Number(process.env.BENCH_BOOT ?? 0);

const answer = (request, response) => {
  let size = 0;
  request.on('data', chunk => (size += chunk.length));
  request.on('end', () => setTimeout(() => response.end(`${process.pid} ${size}`), 5));
};

setTimeout(() => {
  if (process.env.BENCH_BROKEN !== undefined) throw new Error('this release is broken');
  const server = http.createServer(answer);
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', socket => socket.on('message', message => socket.send(message)));
  server.listen(port, '127.0.0.1', () => process.send?.('ready'));
  http2.createServer(answer).listen(port + 1, '127.0.0.1');
}, boot);

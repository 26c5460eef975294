/** Keeps 64 keep-alive connections busy, a process of its own, and tells which worker (its answer is its process id) got how many. */
import net from 'node:net';

const { port, connections, milliseconds } = JSON.parse(process.env.BENCH_CLIENT);
const REQUEST = `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`;
const open = {};
const requests = {};
const sockets = [];

for (let index = 0; index < connections; index++) {
  const socket = net.connect(port, '127.0.0.1', () => socket.write(REQUEST));
  sockets.push(socket);
  let rest = '';
  let first = true;
  socket.setEncoding('latin1');
  socket.on('error', () => {});
  socket.on('data', text => {
    rest += text;
    const answer = /\r\n\r\n(\d+)$/.exec(rest);
    const length = Number(/content-length: (\d+)/i.exec(rest)?.[1]);
    if (!answer || answer[1].length < length) return;
    rest = '';
    const pid = answer[1];
    if (first) open[pid] = (open[pid] ?? 0) + 1;
    first = false;
    requests[pid] = (requests[pid] ?? 0) + 1;
    socket.write(REQUEST);
  });
}

setTimeout(() => {
  for (const socket of sockets) socket.destroy();
  process.send({ open, requests }, () => process.exit(0));
}, milliseconds);
process.on('disconnect', () => process.exit(0));

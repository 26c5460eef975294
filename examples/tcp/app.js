import { createServer } from 'node:net';

/** An echo server. */
export default () =>
  createServer(socket => {
    socket.write(`tcp in ${process.pid}\n`);
    socket.pipe(socket);
  });

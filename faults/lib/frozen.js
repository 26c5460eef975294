/** 20 clients that have asked for much and read little of it, in a process that the row can stop. */
import net from 'node:net';

let connected = 0;
for (let number = 0; number < 20; number++) {
  const socket = net.connect(Number(process.env.FAULTS_PORT), '127.0.0.1');
  socket.on('error', () => {});
  socket.write(`GET /large?bytes=${8 * 1024 * 1024} HTTP/1.1\r\nhost: x\r\n\r\n`);
  socket.once('data', () => {
    socket.pause();
    if (++connected === 20) process.send('connected');
  });
}
process.on('disconnect', () => process.exit());

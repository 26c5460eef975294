/** Hands numbers to the worker in Python, and asks the agent how many there were. */
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';

const WORKER = join(import.meta.dirname, '.brood', 'worker.sock');

async function square(number) {
  const socket = net.connect(WORKER).setEncoding('utf8');
  socket.write(`${number}\n`);
  const [answer] = await once(socket, 'data');
  socket.destroy();
  return answer.trim();
}

export default app =>
  app.handle(async (request, response) => {
    const [, what, number] = request.url.split('/');
    if (what !== 'square' || !/^\d{1,9}$/.test(number)) return response.end('try /square/7\n');
    const result = await square(number);
    const count = await app.messenger.request('agent', 'count');
    response.end(`${number} × ${number} = ${result}, says Python; that was number ${count}\n`);
  });

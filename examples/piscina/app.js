// A CPU-bound job beside a web server: the event loop stays free, so the worker goes on answering, and hangTimeout never fires.
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';

/** Jobs that may wait in a worker. */
const MOST_WAITING = 16;

export default app => {
  // Every worker has a pool of its own: together they should not have more threads than there are cores.
  const maxThreads = Math.max(1, Math.floor(availableParallelism() / app.options.workers));
  const pool = new Piscina({ filename: new URL('fibonacci.js', import.meta.url).href, minThreads: 0, maxThreads, idleTimeout: 5000 });
  // It comes after the last answer; what still runs has nobody who waits for it.
  app.beforeClose(() => pool.destroy());

  app.handle(async (request, response) => {
    const number = Number(/^\/fibonacci\/(\d+)$/.exec(request.url)?.[1]);
    if (Number.isNaN(number)) return response.end(`piscina in ${process.pid}\n`);
    // Better said at once than answered when nobody wants to know it any more.
    if (pool.queueSize >= MOST_WAITING) return response.writeHead(503, { 'retry-after': '1' }).end('busy\n');
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    try {
      return response.end(`${await pool.run(number, { signal: gone.signal })}\n`);
    } catch (error) {
      if (request.socket.destroyed) return undefined;
      app.logger.error(error);
      return response.writeHead(500).end('failed\n');
    }
  });
};

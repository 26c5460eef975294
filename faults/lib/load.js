/** A load client in a process of its own: closed loop, counts every outcome; a request without an answer in time hangs. */
import http from 'node:http';

const { port, connections, keepAlive, path, limit, pause } = JSON.parse(process.env.FAULTS_LOAD);
const agent = new http.Agent({ keepAlive, maxSockets: connections, scheduling: 'fifo' });
const counts = { ok: 0, hung: 0, errors: {}, statuses: {}, pids: {}, slowest: 0 };
const order = { stop: false };
let running = connections;

function once() {
  const began = performance.now();
  return new Promise(resolve => {
    let over = false;
    const end = note => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      note();
      resolve();
    };
    const fail = error => end(() => (counts.errors[error.code ?? error.message] = (counts.errors[error.code ?? error.message] ?? 0) + 1));
    const request = http.get({ host: '127.0.0.1', port, path, agent }, response => {
      let body = '';
      response.on('data', chunk => (body += chunk));
      response.on('end', () =>
        end(() => {
          counts.slowest = Math.max(counts.slowest, performance.now() - began);
          if (response.statusCode === 200) counts.ok++;
          counts.statuses[response.statusCode] = (counts.statuses[response.statusCode] ?? 0) + 1;
          counts.pids[body] = (counts.pids[body] ?? 0) + 1;
        }),
      );
      response.on('error', fail);
    });
    request.on('error', fail);
    const timer = setTimeout(() => {
      end(() => counts.hung++);
      request.destroy();
    }, limit);
  });
}

async function client() {
  while (!order.stop) {
    const before = counts.ok;
    await once();
    // After an error a client waits a moment, so that a dead server is not counted a thousand times a second.
    if (pause > 0 || counts.ok === before) await new Promise(resolve => setTimeout(resolve, Math.max(pause, counts.ok === before ? 20 : 0)));
  }
  if (--running > 0) return;
  agent.destroy();
  process.send(counts, () => process.disconnect());
}

process.on('message', () => (order.stop = true));
process.on('disconnect', () => process.exit());
for (let number = 0; number < connections; number++) void client();
process.send('running');

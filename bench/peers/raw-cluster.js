/** The smallest honest node:cluster master: forks, forks again after an exit, reloads one by one; NODE_CLUSTER_SCHED_POLICY chooses rr or none. */
const cluster = require('node:cluster');
const path = require('node:path');
const events = require('node:events');

const wanted = Number(process.env.BENCH_WORKERS);
let stopping = false;

cluster.setupPrimary({ exec: path.join(__dirname, 'raw-http.js') });
cluster.on('exit', worker => {
  if (!stopping && !worker.exitedAfterDisconnect) cluster.fork();
  if (stopping && Object.keys(cluster.workers).length === 0) process.exit(0);
});
for (let index = 0; index < wanted; index++) cluster.fork();

async function reload() {
  for (const old of Object.values(cluster.workers)) {
    await events.once(cluster.fork(), 'listening');
    old.disconnect();
  }
}

function stop() {
  stopping = true;
  for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGKILL');
}

process.on('message', message => {
  if (message === 'reload') void reload();
});
process.on('SIGTERM', stop);
process.on('disconnect', stop);

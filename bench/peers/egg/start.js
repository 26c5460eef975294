/** Starts egg-cluster from the cache folder with the smallest framework that it accepts. */
const { createRequire } = require('node:module');
const path = require('node:path');

const load = createRequire(path.join(process.env.BENCH_CACHE, 'package.json'));
const { startCluster } = load('egg-cluster');

startCluster({
  baseDir: __dirname,
  framework: __dirname,
  workers: Number(process.env.BENCH_WORKERS),
  port: Number(process.env.BENCH_PORT),
  env: process.env.BENCH_EGG_ENV,
});
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));

/** egg-cluster with the smallest framework that it accepts; what `process.send()` brings goes to its master, as its own tools do it. */
const { createRequire } = require('node:module');
const path = require('node:path');

const load = createRequire(path.join(process.env.FAULTS_CACHE, 'package.json'));
load('egg-cluster').startCluster({
  baseDir: __dirname,
  framework: __dirname,
  workers: 2,
  port: Number(process.env.FAULTS_PORT),
  env: process.env.FAULTS_EGG_ENV,
});

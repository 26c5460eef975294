/** One node:http server: alone the limit of a single process, under raw-cluster.js and pm2 their worker. */
const http = require('node:http');
const { handler, watch } = require('../inside/handler.js');

const server = http.createServer(handler);
watch(server);
server.listen(Number(process.env.BENCH_PORT), '127.0.0.1');

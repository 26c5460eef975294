/** The server as a program of its own: for pm2, and for `brood start server.cjs`. */
const http = require('node:http');
const { boot, handler } = require('./handler.cjs');

boot();
http.createServer(handler).listen(Number(process.env.FAULTS_PORT), '127.0.0.1');

/** One plain instance behind a balancer: answers `hello`, and its count to `/count`; at SIGTERM it takes nothing new and finishes what it has begun. */
const http = require('node:http');

let count = 0;
const server = http.createServer((request, response) => {
  if (request.url === '/count') return void response.end(String(count));
  count++;
  response.end('hello');
});
server.listen(Number(process.env.BENCH_PORT), '127.0.0.1', () => process.send('listening'));
process.on('SIGTERM', () => server.close(() => process.exit(0)));
process.on('disconnect', () => process.exit(0));

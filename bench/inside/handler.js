/** The one request handler that every implementation serves, and the fact that its server listens. */
const { fact } = require('./facts.js');

const body = process.env.BENCH_BODY === 'pid' ? String(process.pid) : 'hello';

/** The answer of every implementation; the process id instead of `hello` where the bench counts who answered. */
const handler = (request, response) => {
  response.end(body);
};

/** Tells the bench when `server` listens. */
const watch = server => server.once('listening', () => fact('listening'));

module.exports = { handler, watch };

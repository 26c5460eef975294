/** An application whose workers write what they are asked for. */
const { writeSync } = require('node:fs');

/** Writes all of it, however full the pipe is. */
function write(bytes) {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

const LINES = Buffer.from(Array.from({ length: 10_000 }, (_, index) => `line ${index} ${'.'.repeat(90)}\n`).join(''));
const DEEDS = {
  '/one-line': megabytes => {
    const piece = Buffer.alloc(1024 * 1024, 'x');
    for (let count = 0; count < megabytes; count++) write(piece);
    write(Buffer.from('\n'));
  },
  '/odd': () => write(Buffer.concat([Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)), Buffer.from('\n\u001B[2J\u001B]0;title\u0007\n')])),
  /** For so many milliseconds as much as the pipe takes, with turns of the event loop in between. */
  '/flood': async milliseconds => {
    const end = Date.now() + milliseconds;
    while (Date.now() < end) {
      await new Promise(done => process.stdout.write(LINES, done));
    }
  },
};

module.exports = app =>
  app.handle(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://localhost');
    const work = DEEDS[pathname]?.(Number(searchParams.get('n')));
    response.end(String(process.pid));
    await work;
  });

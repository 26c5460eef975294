/** Writes JSON lines to a file with one implementation, then tells how long it took: `<plan as JSON>`, the answer by process.send(). */
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const { name, file, lines, dist, cache } = JSON.parse(process.argv[2]);
const require = createRequire(path.join(cache, 'package.json'));
/** Lines in one turn of the event loop: a few requests. */
const TURN = 100;

const finished = stream => new Promise(resolve => stream.end(resolve));

const IMPLEMENTATIONS = {
  async brood() {
    const [{ Logger }, { Loggers }] = await Promise.all(
      ['logger.js', 'log/loggers.js'].map(module => import(pathToFileURL(path.join(dist, 'lib/app', module)).href)),
    );
    const loggers = new Loggers(new Logger(() => ({ type: 'app', slot: 1 })));
    await loggers.configure({ file, console: false, rotate: false }, { baseDir: '/' });
    return { logger: loggers.own, flush: () => loggers.flush() };
  },
  async pino() {
    const logger = require('pino')(require('pino').destination({ dest: file }));
    return { logger, flush: async () => {} };
  },
  async 'pino async'() {
    const destination = require('pino').destination({ dest: file, sync: false });
    await new Promise(resolve => destination.once('ready', resolve));
    return {
      logger: require('pino')(destination),
      flush: () => new Promise((resolve, reject) => destination.flush(error => (error ? reject(error) : resolve()))),
    };
  },
  async 'egg-logger'() {
    const { Logger, FileTransport } = require('egg-logger');
    const logger = new Logger({});
    const transport = new FileTransport({ file, level: 'INFO', json: true });
    logger.set('file', transport);
    return { logger, flush: () => finished(transport._stream ?? process.stdout) };
  },
  async 'console.log'() {
    // Its output is the file.
    const info = (text, user, items) => console.log(text, user, items);
    return { logger: { info, debug: () => {} }, flush: async () => {} };
  },
};

const { logger, flush } = await IMPLEMENTATIONS[name]();

function write(count) {
  return new Promise(resolve => {
    let written = 0;
    const turn = () => {
      for (let line = 0; line < TURN; line++) logger.info('user %s has %d items in the cart', 'somebody', written + line);
      written += TURN;
      if (written < count) setImmediate(turn);
      else resolve();
    };
    turn();
  });
}

await write(lines / 10);
const cpu = process.cpuUsage();
const began = process.hrtime.bigint();
await write(lines);
await flush();
const seconds = Number(process.hrtime.bigint() - began) / 1e9;
const { user, system } = process.cpuUsage(cpu);
const offFrom = process.hrtime.bigint();
for (let call = 0; call < 1e6; call++) logger.debug('user %s has %d items in the cart', 'somebody', call);
const off = Number(process.hrtime.bigint() - offFrom) / 1e6;
process.send({ rate: lines / seconds, cpu: (user + system) / lines, off }, () => process.disconnect());

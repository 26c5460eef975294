/** The master program of every row: starts a cluster, tells what happens on descriptor 4, obeys lines on descriptor 3. */
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const { startCluster } = await import(pathToFileURL(`${process.env.FAULTS_DIST}/index.js`).href);

const say = (event, content = {}) => {
  try {
    writeSync(4, `${JSON.stringify({ event, at: Date.now(), ...content })}\n`);
  } catch {
    // The row has ended, and nobody reads any more.
  }
};
const plain = error => ({
  code: error.code,
  message: error.message,
  hint: error.hint,
  exitCode: error.exitCode,
  cause: error.cause instanceof Error ? { message: error.cause.message, stack: error.cause.stack } : undefined,
});

const logger = {};
for (const level of ['info', 'warn', 'error']) logger[level] = message => say('log', { level, message });

process.on('uncaughtException', error => {
  say('crash', { message: error.stack });
  process.exit(99);
});

let cluster;
const commands = {
  reload: () => cluster.reload(),
  scale: ([workers]) => cluster.scale(workers),
  close: () => cluster.close(),
  send: ([to, action, content]) => cluster.messenger.sendTo(to, action, content),
  collect() {
    setFlagsFromString('--expose-gc');
    for (let round = 0; round < 3; round++) runInNewContext('gc')();
    return process.memoryUsage();
  },
};

// Commands never keep a master alive that has ended.
const commandSocket = new Socket({ fd: 3 });
commandSocket.unref();
async function obey(line) {
  const { id, command, values } = JSON.parse(line);
  try {
    say('answer', { id, result: await commands[command](values) });
  } catch (error) {
    say('answer', { id, error: plain(error) });
  }
}
createInterface({ input: commandSocket }).on('line', line => void obey(line));

say('starting');
try {
  cluster = await startCluster({ logger, ...JSON.parse(process.env.FAULTS_OPTIONS) });
  cluster.on('change', instance => say('change', { instance }));
  cluster.on('death', death => say('death', { death }));
  cluster.on('error', error => say('error', { error: plain(error) }));
  cluster.on('close', () => say('closed'));
  say('started', { address: cluster.address, instances: cluster.instances() });
} catch (error) {
  say('failed', { error: plain(error) });
  process.exitCode = error.exitCode ?? 1;
}

/** `brood dev` as a person meets it: real processes, real files. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { WebSocket } from 'ws';
import { withFiles } from '../helpers/files.ts';
import { event } from '../helpers/orders.ts';
import { exited, lineOf, signalAgain, until } from '../helpers/until.ts';
import { BIN, developing, isReady } from './running.ts';

const APP = `
import { appendFileSync } from 'node:fs';
import { word } from './word.js';
appendFileSync('boots.log', \`app \${process.pid}\\n\`);
export default app => {
  let greeting = 'none';
  app.messenger.on('ready', async () => (greeting = await app.messenger.request('agent', 'greeting').catch(() => 'no answer')));
  app.handle(async (request, response) => {
    if (request.url === '/slow') await new Promise(resolve => setTimeout(resolve, 10_000));
    if (request.url === '/crash') process.nextTick(() => { throw new Error('of a request'); });
    response.end(request.url === '/greeting' ? greeting : request.url === '/env' ? [process.env.NODE_ENV, app.config.env].join(' ') : word);
  });
};`;
const AGENT =
  "import { appendFileSync } from 'node:fs';\nappendFileSync('boots.log', `agent ${process.pid}\\n`);\nexport default agent => agent.messenger.handle('greeting', () => 'hello');";
const FILES = { 'package.json': '{ "type": "module" }', 'app.js': APP, 'word.js': "export const word = 'one';", 'agent.js': AGENT };

const word = (text: string): Readonly<Record<string, string>> => ({ 'word.js': `export const word = '${text}';` });
const CONFIG = { 'config/config.default.js': "export default { env: 'default' };", 'config/config.local.js': "export default { env: 'local' };" };

describe('brood dev', () => {
  it('starts agent and one worker, says which file has changed, and replaces only what it concerns', async () => {
    await developing({ ...FILES, ...CONFIG }, async dev => {
      const { write, line, get, path } = dev;
      const boots = (): readonly string[] =>
        readFileSync(path('boots.log'), 'utf8')
          .trim()
          .split('\n')
          .map(text => text.replace(/ .*/, ''));
      assert.match((await isReady(dev)).input ?? '', /agent and 1 worker ready in \d+ ms/);
      assert.deepEqual([await get(), await get('/env')], ['one', 'development local']);
      write(word('two'));
      await line(/^word\.js changed$/);
      await line(/^ready app in \d+ ms$/);
      assert.equal(await get(), 'two');
      write({ 'agent.js': AGENT.replace('hello', 'good day') });
      await line(/^agent\.js changed$/);
      await line(/^ready agent in \d+ ms$/);
      assert.deepEqual(boots(), ['agent', 'app', 'app', 'agent']);
      write({ 'config/config.local.js': "export default { env: 'mine' };", 'lib/new.js': '', ...word('three') });
      await line(/^config\/config\.local\.js \+2 more changed$|^\S+ \+2 more changed$/);
      await line(/^ready agent and app in \d+ ms$/);
      assert.deepEqual([await get(), await get('/env')], ['three', 'development mine']);
      await until(async () => (await get('/greeting')) === 'good day');
      assert.deepEqual(boots(), ['agent', 'app', 'app', 'agent', 'agent', 'app']);
    });
  });

  it('leaves alone what git ignores, logs, and what the application itself writes with every start', async () => {
    const writes = { 'app.js': APP.replace('export default', "appendFileSync('state.json', '1');\nexport default"), '.gitignore': '*.out', '.env': 'A=1' };
    await developing({ ...FILES, ...writes }, async dev => {
      await dev.line(/^state\.json changed$/);
      await dev.line(/^warning state\.json changes with every start, and is left out/);
      dev.write({ 'a.out': '1', 'b.log': '1', 'node_modules/x/index.js': '' });
      dev.write({ '.env': 'A=2' });
      assert.match((await dev.line(/changed$/)).input ?? '', /^\.env changed$/);
      dev.write({ '.gitignore': '*.md' });
      dev.write({ 'x.md': '1', ...word('two') });
      assert.match((await dev.line(/changed$/)).input ?? '', /^word\.js changed$/);
    });
  });

  it('keeps the previous version serving while the new one does not boot, tells the error once, and recovers with the next save', async () => {
    await developing(FILES, async dev => {
      const { write, line, get, text } = dev;
      await isReady(dev);
      write({ 'word.js': 'export const word = ;' });
      await line(/word\.js:1 cannot be parsed/);
      await line(/^word\.js:1:21$/);
      await line(/^ +\| +\^$/);
      await line(/^The previous version keeps serving/);
      assert.equal(await get(), 'one');
      write({ 'other.js': '1' });
      await line(/^the same error again \(word\.js:1:21\)$/);
      assert.equal(text().split('cannot be parsed').length, 2);
      write(word('two'));
      await line(/^ready app in/);
      assert.equal(await get(), 'two');
      write({ 'agent.js': "throw new Error('of the agent');" });
      await line(/of the agent/);
      await line(/^The previous version keeps serving/);
      write(word('three'));
      await line(/^the same error again/);
      assert.equal(await get(), 'two');
      write({ 'agent.js': AGENT });
      await line(/^ready agent and app in/);
      assert.equal(await get(), 'three');
    });
  });

  it('gives up a boot that hangs as soon as the next save comes', async () => {
    await developing(FILES, async dev => {
      await isReady(dev);
      dev.write({ 'word.js': "await new Promise(resolve => setTimeout(resolve, 100_000)); export const word = 'never';" });
      await dev.line(/^word\.js changed$/);
      await until(() => readFileSync(dev.path('boots.log'), 'utf8').split('app').length >= 2);
      dev.write(word('two'));
      await dev.line(/^ready app in/);
      assert.equal(await dev.get(), 'two');
    });
  });

  it('waits for the next save when nothing could be started at all, and while the first start hangs', async () => {
    await developing({ ...FILES, 'word.js': 'export const word = ;' }, async dev => {
      await dev.line(/app\.1 did not start: word\.js:1 cannot be parsed/);
      await dev.line(/^Waiting for the next save\.$/);
      dev.write({ 'word.js': 'await new Promise(resolve => setTimeout(resolve, 100_000)); export const word = 1' });
      await dev.line(/^word\.js changed$/);
      dev.write(word('two'));
      await isReady(dev);
      assert.equal(await dev.get(), 'two');
    });
  });

  it('tells of a worker that crashes, and starts it again', async () => {
    await developing(FILES, async dev => {
      await isReady(dev);
      await dev.get('/crash').catch(() => {});
      await dev.line(/^app ended after \d+\.\d s: uncaughtException, exit code 1; it is started again$/);
      await until(async () => (await dev.get()) === 'one');
    });
  });

  it('serves the new code on connections that were kept alive, and lets no WebSocket delay it', async () => {
    const app = `import { WebSocketServer } from 'ws';\nimport { createServer } from 'node:http';\nimport { word } from './word.js';
      export default app => { const server = createServer((_, response) => response.end(word)); const sockets = new WebSocketServer({ server }); sockets.on('connection', socket => socket.on('message', () => {})); app.handle(server); };`;
    const ws = `export { WebSocketServer } from ${JSON.stringify(import.meta.resolve('ws'))};`;
    await developing(
      { ...FILES, 'app.js': app, 'node_modules/ws/index.js': ws, 'node_modules/ws/package.json': '{ "type": "module", "main": "index.js" }' },
      async dev => {
        const port = Number((await isReady(dev))[1]);
        const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        // A client that does not answer the close frame keeps its connection.
        const deaf = net.connect(port, '127.0.0.1');
        const socket = new WebSocket(`ws://127.0.0.1:${port}`);
        try {
          deaf.write(
            'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
          );
          await Promise.all([event(deaf, 'data'), event(socket, 'open')]);
          assert.equal(await dev.get('/', { agent }), 'one');
          const [kept] = Object.values(agent.freeSockets).flatMap(list => list ?? []);
          assert.ok(kept !== undefined);
          const gone = event(kept, 'close');
          for (const next of ['two', 'three']) {
            dev.write(word(next));
            await dev.line(/^ready app in/);
            assert.equal(await dev.get(), next);
          }
          await gone;
          assert.equal(await dev.get('/', { agent }), 'three');
        } finally {
          agent.destroy();
          deaf.destroy();
          socket.terminate();
        }
      },
    );
  });

  it('runs a script, and TypeScript', async () => {
    const server =
      "import http from 'node:http';\nimport { word } from './lib/word.js';\nhttp.createServer((_, response) => response.end(word)).listen(process.env.PORT ?? 0);";
    await developing(
      { 'package.json': '{ "type": "module" }', 'server.js': server, 'lib/word.js': "export const word = 'one';" },
      async dev => {
        assert.match((await isReady(dev)).input ?? '', / 1 worker ready/);
        assert.equal(await dev.get(), 'one');
        dev.write({ 'lib/word.js': "export const word = 'two';" });
        await dev.line(/^ready app in/);
        assert.equal(await dev.get(), 'two');
      },
      ['server.js'],
    );
    await developing(
      {
        'app.ts':
          "import { word } from './word.ts';\nexport default (app: { handle(f: unknown): void }): void => app.handle((_: unknown, r: { end(t: string): void }) => r.end(word));",
        'word.ts': "export const word: string = 'one';",
      },
      async dev => {
        await isReady(dev);
        assert.equal(await dev.get(), 'one');
        dev.write({ 'word.ts': "export const word: string = 'two';" });
        await dev.line(/^ready app in/);
        assert.equal(await dev.get(), 'two');
      },
    );
  });

  it('writes neither colours nor keys to a pipe, and ends with 0 at Ctrl-C', async () => {
    await developing(FILES, async dev => {
      await isReady(dev);
      dev.write(word('two'));
      await dev.line(/^ready app in/);
      dev.child.kill('SIGINT');
      assert.deepEqual(await exited(dev.child), { code: 0, signal: null });
      assert.ok(!dev.text().includes('\u001B') && !dev.text().includes('quit'));
    });
  });

  it('ends at once, with 130, at a second Ctrl-C, also while it starts', async () => {
    await developing(FILES, async dev => {
      await isReady(dev);
      const cut = dev.get('/slow').catch(() => 'cut');
      await until(async () => (await dev.get()) === 'one');
      dev.child.kill('SIGINT');
      await dev.line(/^stopping$/);
      await signalAgain(dev.child, 'SIGINT');
      assert.deepEqual(await exited(dev.child), { code: 130, signal: null });
      assert.equal(await cut, 'cut');
    });
    await developing(
      { ...FILES, 'word.js': "import { appendFileSync } from 'node:fs'; appendFileSync('boots.log', 'hangs\\n'); for (;;); export const word = 1;" },
      async dev => {
        await until(() => readFileSync(dev.path('boots.log'), 'utf8').includes('hangs'));
        dev.child.kill('SIGINT');
        await dev.line(/^stopping$/);
        await signalAgain(dev.child, 'SIGINT');
        assert.deepEqual(await exited(dev.child), { code: 130, signal: null });
      },
    );
  });

  it('ends with the coded error for what no save can mend', async () => {
    const taken = net.createServer().listen(0);
    await event(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';
    try {
      for (const [files, words, code, text, variables] of [
        [FILES, ['-p', port], 1, /the address is in use/, {}],
        [FILES, [], 1, /the address is in use/, { PORT: port }],
        [{ 'server.js': `require('http').createServer().listen(${port})` }, ['server.js'], 1, /the address is in use/, {}],
        [{}, [], 5, /no hooks in/, {}],
        [FILES, ['-w', 'many'], 5, /option "workers"/, {}],
        [FILES, ['no-such-directory'], 2, /no file or directory no-such-directory/, {}],
        [FILES, ['a', 'b'], 2, /one directory or file at a time/, {}],
      ] as const) {
        await withFiles(files, async ({ directory, path }) => {
          appendFileSync(path('README.md'), '');
          const child = spawn(process.execPath, [BIN, 'dev', ...words], {
            cwd: directory,
            env: { ...process.env, ...variables },
            stdio: ['ignore', 'ignore', 'pipe'],
          });
          await lineOf(child.stderr, text, { within: 20_000 });
          assert.equal((await exited(child)).code, code, String(text));
        });
      }
    } finally {
      taken.close();
    }
  });
});

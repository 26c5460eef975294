/** The control API of a master in the background, by its own commands and as anybody may speak to it. */
import assert from 'node:assert/strict';
import { lstatSync, existsSync, readFileSync } from 'node:fs';
import net from 'node:net';
import type { Status } from '../../lib/daemon/api.ts';
import { assertGone } from '../helpers/left.ts';
import { inTime, until } from '../helpers/until.ts';
import { brood, hello, withDaemon } from './running.ts';
import { withFiles } from '../helpers/files.ts';

const SCRIPT = "require('node:http').createServer((request, response) => response.end(String(process.pid))).listen(process.env.PORT, '127.0.0.1');\n";

const isReady = ({ items }: Status, count: number): boolean => items.filter(({ type, ready }) => type === 'web' && ready).length === count;

/** Sends bytes to a unix socket; resolves with all that comes back, once the other end has closed. */
function raw(path: string, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = net.connect(path, () => socket.write(bytes));
    socket.setEncoding('utf8');
    socket.on('data', chunk => (answer += String(chunk)));
    socket.once('close', () => resolve(answer));
    socket.once('error', error => (Reflect.get(error, 'code') === 'ECONNRESET' || Reflect.get(error, 'code') === 'EPIPE' ? resolve(answer) : reject(error)));
  });
}

describe('an application in the background', () => {
  it('is told of, scaled, stopped by type and as a whole by commands, and leaves nothing', async () => {
    const pids: number[] = [];
    await withDaemon(hello(), async ({ brood: run, client, get, socket }) => {
      assert.equal(lstatSync(socket).mode & 0o777, 0o600);
      assert.equal(lstatSync(socket.replace(/\/[^/]*$/, '')).mode & 0o777, 0o700);

      assert.equal((await run(['scale'])).out, 'web=2\n');
      const scaled = await run(['scale', 'web+1']);
      assert.equal(scaled.code, 0, scaled.err);
      assert.match(scaled.err, /Scaled in .* web=3/);
      assert.ok(isReady(await client.status(), 3));

      const again = await run(['start', '-d', '-p', '0']);
      assert.equal(again.code, 6, again.err);
      assert.match(again.err, /already runs .*pid \d+/s);

      const { title } = JSON.parse(await get()) as { title: string };
      assert.match(title, /^brood: web\.\d shop/);

      const stopped = await run(['stop', 'web']);
      assert.equal(stopped.code, 0, stopped.err);
      const status = await client.status();
      assert.deepEqual(
        status.types.map(({ type, wanted, state }) => ({ type, wanted, state })),
        [
          { type: 'agent', wanted: 1, state: 'running' },
          { type: 'web', wanted: 0, state: 'stopped' },
        ],
      );
      // A reload leaves what was stopped by hand as it is.
      assert.equal((await run(['reload', '--canary-time', '0ms'])).code, 0);
      assert.equal((await client.status()).items.filter(({ type }) => type === 'web').length, 0);
      const started = await run(['start', 'web']);
      assert.equal(started.code, 0, started.err);
      const all = await client.status();
      assert.ok(isReady(all, 3));

      pids.push(all.master.pid, ...all.items.map(({ pid }) => pid));
      const end = await run(['stop']);
      assert.equal(end.code, 0, end.err);
      assert.match(end.err, /web\.1 .*ended in .*\n.*\n/);
      await assertGone(pids);
      assert.ok(!existsSync(socket));
    });
  });

  it('stays when its last instance is stopped, and starts it again', () =>
    withDaemon(
      { 'server.js': SCRIPT, 'brood.config.json': '{ "script": "server.js", "workers": 2 }\n' },
      async ({ brood: run, client, pid, get, path: pathOf }) => {
        assert.equal((await run(['stop', 'web'])).code, 0);
        // A master without a reason to stay would be gone by the next turn of its event loop; each of these is many.
        for (let count = 0; count < 3; count++) assert.match((await run(['ps'])).out, /^web +stopped/m);
        assert.equal((await run(['start', 'web'])).code, 0);
        assert.ok(isReady(await client.status(), 2));
        const none = await run(['scale', 'web=0', '--save']);
        assert.deepEqual([none.code, none.err.includes('"workers: 0" cannot be saved')], [1, true], none.err);
        assert.equal(readFileSync(pathOf('brood.config.json'), 'utf8'), '{ "script": "server.js", "workers": 2 }\n');
        assert.equal((await client.status()).items.length, 0);
        assert.equal((await run(['scale', 'web=1'])).code, 0);
        assert.match(await get(), /^\d+$/);
        assert.equal((await client.status()).master.pid, pid);
      },
      { words: ['--no-agent'], workers: [] },
    ));

  it('refuses what names nothing, with the nearest names and exit code 2', async () => {
    await withDaemon(hello(), async ({ brood: run, directory }) => {
      for (const [words, code, text] of [
        [['scale', 'wep=3'], 2, /there is no "wep" here\nDid you mean "web"\?/],
        [['scale', 'web-7'], 2, /web-7 cannot be: there are \d instances of web\nThere may be 0 to 4096/],
        [['scale', 'web=many'], 2, /"web=many" says no number of instances/],
        [['scale', 'agent=2'], 2, /agent cannot be scaled/],
        [['stop', 'nosuch'], 2, /there is no "nosuch" here/],
        [['stop', 'web.1'], 2, /web\.1 cannot be stopped by itself.*\nOne instance less: brood scale web-1/],
        [['reload', 'nosuch'], 2, /there is no "nosuch"/],
      ] as const) {
        const { code: got, err } = await run([...words]);
        assert.equal(got, code, `${words.join(' ')}: ${err}`);
        assert.match(err, text);
      }
      // From elsewhere nothing of it is seen.
      await withFiles({}, async ({ directory: elsewhere }) => {
        const { code, err } = await brood(elsewhere, ['scale']);
        assert.equal(code, 3, err);
        assert.equal((await brood(elsewhere, ['scale', '-C', directory])).out, 'web=2\n');
      });
    });
  });

  it('keeps the old code serving when the new one does not boot: exit code 4 with its error', async () => {
    await withDaemon(hello(), async ({ brood: run, client, get, write }) => {
      const before = (await client.status()).items.map(({ pid }) => pid);
      write({ 'app.js': 'module.exports = app => {\n  throw new Error("this release is broken");\n};\n' });
      const failed = await run(['reload']);
      assert.equal(failed.code, 4, failed.err);
      assert.match(failed.err, /this release is broken/);
      assert.match(failed.err, /app\.js:2/);
      // The agent of the new generation was there already, and goes.
      await until(async () => (await client.status()).items.length === before.length, { what: 'the new generation to be gone' });
      assert.deepEqual(
        (await client.status()).items.map(({ pid }) => pid),
        before,
      );
      assert.match(await get(), /"pid":/);
      assert.ok(
        (await client.status()).items.every(({ restarts }) => restarts === 0),
        'nobody who serves has been restarted',
      );
      assert.match((await run(['inspect', 'web.1'])).out, /this release is broken/);
    });
  });

  it('takes over the variables of the shell when it is told to', async () => {
    await withDaemon(
      hello(),
      async ({ brood: run, get }) => {
        assert.match(await get(), /"word":"first"/);
        assert.equal((await run(['reload', '--canary-time', '0ms'], { env: { WORD: 'second' } })).code, 0);
        assert.match(await get(), /"word":"first"/);
        assert.equal((await run(['reload', '--canary-time', '0ms', '--update-env'], { env: { WORD: 'third' } })).code, 0);
        assert.match(await get(), /"word":"third"/);
      },
      { env: { WORD: 'first' } },
    );
  });

  it('that cannot start says why, ends with 4 and leaves nothing', async () => {
    await withFiles(hello({ 'app.js': 'console.error("cannot reach the database");\nprocess.exit(3);\n' }), async ({ directory }) => {
      const { code, err } = await brood(directory, ['start', '-d', '-w', '2', '-p', '0']);
      assert.equal(code, 4, err);
      assert.match(err, /cannot reach the database[^]*\nNext: brood logs\n$/);
      assert.match((await brood(directory, ['logs'])).out, /cannot reach the database/);
      assert.equal((await brood(directory, ['scale'])).code, 3);
    });
  });
});

describe('the control socket', () => {
  it('answers bad requests with what is wrong, and goes on', async () => {
    await withDaemon(hello(), async ({ ask, socket, client }) => {
      const problem = async (method: string, path: string, body?: string): Promise<[number, string]> => {
        const { status, text } = await ask(method, path, body);
        return [status, (JSON.parse(text) as { error: { code: string } }).error.code];
      };
      assert.deepEqual(await problem('GET', '/v1/nosuch'), [404, 'BROOD_CONTROL_UNKNOWN']);
      assert.deepEqual(await problem('DELETE', '/v1/status'), [404, 'BROOD_CONTROL_UNKNOWN']);
      assert.deepEqual(await problem('GET', '/v1/instances/%E0%A4%A'), [400, 'BROOD_CONTROL_REQUEST']);
      assert.deepEqual(await problem('GET', '/v1/instances/web.77'), [404, 'BROOD_TARGET_UNKNOWN']);
      assert.deepEqual(await problem('GET', '/v1/events?kinds=instance,deaths'), [400, 'BROOD_CONTROL_REQUEST']);
      assert.deepEqual(await problem('POST', '/v1/scale', '{'), [400, 'BROOD_CONTROL_REQUEST']);
      assert.deepEqual(await problem('POST', '/v1/scale', '[]'), [400, 'BROOD_CONTROL_REQUEST']);
      assert.deepEqual(await problem('POST', '/v1/scale', '{"formation":"web=4"}'), [400, 'BROOD_CONTROL_REQUEST']);
      assert.deepEqual(await problem('POST', '/v1/scale', '{"formaton":["web=4"]}'), [400, 'BROOD_CONTROL_REQUEST']);
      assert.deepEqual(await problem('POST', '/v1/reload', '{"canaryTime":-1}'), [400, 'BROOD_CONTROL_REQUEST']);
      assert.deepEqual(await problem('POST', '/v1/reload', '{"__proto__":{"only":["web"]}}'), [400, 'BROOD_CONTROL_REQUEST']);
      assert.deepEqual(await problem('POST', '/v1/reload', '{"dryRun":true,"wait":false}'), [400, 'BROOD_CONTROL_REQUEST']);
      assert.deepEqual(await problem('POST', '/v1/stop', '{"wait":"no"}'), [400, 'BROOD_CONTROL_REQUEST']);
      const big = await raw(socket, `POST /v1/scale HTTP/1.1\r\nhost: x\r\ncontent-length: 9000000\r\n\r\n${'x'.repeat(1_100_000)}`);
      assert.match(big, /^HTTP\/1\.1 400 .*BROOD_CONTROL_REQUEST/s);
      assert.match(await raw(socket, 'GET // HTTP/1.1\r\nhost: x\r\n\r\n'), /^HTTP\/1\.1 400 .*BROOD_CONTROL_REQUEST/s);
      assert.match(await raw(socket, 'this is not HTTP\r\n\r\n'), /^HTTP\/1\.1 400/);
      assert.ok(isReady(await client.status(), 2));
    });
  });

  it('lets go of who never says what it wants; of more than it can bear the one that is silent longest makes room for who asks', async () => {
    await withDaemon(hello(), async ({ socket, client }) => {
      const idle = Array.from({ length: 100 }, () => net.connect(socket).on('error', () => {}));
      const gone = (): number => idle.filter(({ destroyed }) => destroyed).length;
      await until(() => gone() >= 36, { what: 'the connections beyond 64 to be closed' });
      assert.ok(isReady(await client.status(), 2), 'answered although all places are taken');
      const abort = new AbortController();
      const heard = client.events(['state', 'instance'], abort.signal).next();
      await Promise.all(Array.from({ length: 30 }, () => client.status()));
      await client.order('scale', { formation: ['web=3'] });
      assert.ok((await heard).value, 'a listener is no idle connection');
      abort.abort();
      for (const one of idle) one.destroy();
      assert.match(await inTime(raw(socket, 'GET /v1/sta'), { what: 'the slow client to be dropped', within: 30_000 }), /^HTTP\/1\.1 408/);
    });
  });

  it('tells events to every listener, and ends their streams with the master', async () => {
    await withDaemon(hello(), async ({ client, brood: run }) => {
      const states: string[] = [];
      const listening = (async () => {
        for await (const event of client.events(['instance', 'state'])) {
          if (event.kind === 'instance') states.push(`${event.instance.name} ${event.instance.state}`);
          if (event.kind === 'state') states.push(event.state);
        }
      })();
      await until(async () => {
        await client.order('scale', { formation: ['web+1'] });
        return states.some(state => state.endsWith(' ready'));
      });
      await run(['stop']);
      await inTime(listening, { what: 'the stream to end' });
      assert.ok(states.includes('stopping'), states.join('\n'));
      assert.ok(states.includes('web.1 draining'), states.join('\n'));
    });
  });
});

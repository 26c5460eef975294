/** The entry of a formation: what clients come to, and who answers them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import { brood } from '../daemon/running.ts';
import { freePorts } from '../helpers/ports.ts';
import { exited, lineOf } from '../helpers/until.ts';
import { started } from './started.ts';

async function get(port: number): Promise<string> {
  const request = http.get({ host: '127.0.0.1', port, agent: false });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  return `${response.statusCode} ${await text(response)}`;
}

const count = (answers: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries([...new Set(answers)].sort().map(one => [one, answers.filter(answer => answer === one).length]));

/** Answers with its name; `listen` is where. */
const server = (listen: string): Readonly<Record<string, string>> => ({
  'server.cjs': `const server = require('node:http').createServer((q, s) => s.end(process.env.PS)).listen(${listen});
process.on('SIGTERM', () => server.close(() => process.exit(0)).closeIdleConnections());\n`,
});

describe('the entry of a formation', () => {
  it('gives the requests to the instances in turn, and to those that are added; none is lost while some are replaced', async () => {
    const base = await freePorts(12);
    const words = ['-p', String(base), '-m', 'web=2', '--hostname', '127.0.0.1'];
    await started('web: exec node server.cjs\n', { words, files: server('process.env.PORT') }, async run => {
      await run.says(/http:\/\/127\.0\.0\.1:\d+ \(web\) {3}2 processes ready/);
      const answers: string[] = [];
      while (answers.length < 8) answers.push(await get(base));
      assert.deepEqual(count(answers), { '200 web.1': 4, '200 web.2': 4 });
      const enough = new AbortController();
      const asked: string[] = [];
      const asking = (async () => {
        while (!enough.signal.aborted) asked.push(await get(base));
      })();
      assert.equal((await brood(run.directory, ['scale', 'web=4'])).code, 0);
      assert.equal((await brood(run.directory, ['reload', 'web', '--canary-time', '1ms'])).code, 0);
      assert.equal((await brood(run.directory, ['scale', 'web=1'])).code, 0);
      enough.abort();
      await asking;
      assert.deepEqual(
        asked.filter(answer => !/^200 web\.[1-4]$/.test(answer)),
        [],
      );
      assert.equal(await get(base), '200 web.1');
    });
  });

  it('hands the listening socket to all instances of a type that takes it', async () => {
    const base = await freePorts(1);
    const words = ['-p', String(base), '--entry', 'web=socket', '-m', 'web=2', '--hostname', '127.0.0.1'];
    const checked = server('{ fd: 3 }');
    const procfile = `web: exec node -e "if (Number(process.env.LISTEN_PID) !== process.pid || process.env.LISTEN_FDS !== '1') process.exit(9); require('./server.cjs')"\n`;
    await started(procfile, { words, files: checked }, async run => {
      await run.says(/2 processes ready/);
      const answers = await Promise.all(Array.from({ length: 20 }, () => get(base)));
      assert.deepEqual(
        answers.filter(answer => !/^200 web\.[12]$/.test(answer)),
        [],
      );
    });
  });

  it('tells of one that does not listen: on which port, for how long it was waited for, and what to do; in the background, too', async () => {
    const base = await freePorts(3);
    const what = String.raw`web\.1 \(pid \d+\) does not listen on its PORT, ${base + 1}, after 1\d s \(.*ECONNREFUSED.*\); it counts as ready\.`;
    const told = new RegExp(`warning: ${what} .*--entry none; .*"ready" in`);
    const words = ['-p', String(base), '--hostname', '127.0.0.1'];
    await started('web: exec sleep 600\n', { words }, async run => {
      await lineOf(run.child.stderr, told, { within: 20_000 });
      await run.says(/1 process ready/);
    });
    await started('web: exec sleep 600\n', { words: [...words, '-d'] }, async run => {
      await exited(run.child, { within: 30_000 });
      const { code, err } = await run.ended();
      await brood(run.directory, ['stop', '--now']);
      assert.equal(code, 0, err);
      assert.equal(err.match(new RegExp(told, 'g'))?.length, 1, err);
    });
  });

  it('is none with --entry none: nobody is waited for, and nothing stands before it', async () => {
    const base = await freePorts(2);
    await started('web: echo "on $PORT"; exec sleep 600\n', { words: ['-p', String(base), '--entry', 'none'] }, async run => {
      await run.line(new RegExp(`on ${base}$`));
      await run.says(/^1 process ready/);
      assert.doesNotMatch((await brood(run.directory, ['ps'])).out, /router/);
    });
  });

  it('does not forgive a startup probe that the configuration asks for', async () => {
    const base = await freePorts(3);
    const config = (probe: string): string => `processes: { web: { command: exec sleep 600, port: ${base}, entry: { host: 127.0.0.1 }${probe} } }\n`;
    const strict = config(`, probes: { startup: { tcp: ${base + 1}, periodSeconds: 0.1, failureThreshold: 1 } }`);
    await started('', { files: { 'brood.config.yaml': strict } }, async run => {
      const { code, err } = await run.ended();
      assert.equal(code, 4);
      assert.match(err, /ECONNREFUSED/);
    });
  });

  it('is told that its port is taken before anything is started', async () => {
    const holder = net.createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const address = holder.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await started('web: touch started\n', { words: ['-p', String(port), '--hostname', '127.0.0.1'] }, async run => {
      const { code, err, out } = await run.ended();
      assert.equal(code, 1);
      assert.match(err, new RegExp(`:${port}: the address is in use`));
      assert.equal(out, '');
    });
    holder.close();
    await once(holder, 'close');
  });
});

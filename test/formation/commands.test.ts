/** Commands: programs of other interpreters, in process groups of their own. */
import assert from 'node:assert/strict';
import http from 'node:http';
import { alive } from '../helpers/left.ts';
import { node24 } from '../helpers/node24.ts';
import { freePort, twoPorts } from '../helpers/ports.ts';
import { portOpen, until } from '../helpers/until.ts';
import { withProcesses } from './running.ts';

const get = (port: number, pathname = '/'): Promise<string> =>
  new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, path: pathname, agent: false }, response => {
      let text = '';
      response.setEncoding('utf8').on('data', chunk => (text += String(chunk)));
      response.once('end', () => resolve(text)).once('error', reject);
    });
    request.once('error', reject);
  });

describe('a module for another interpreter', () => {
  it('serves on the port of its slot, with its words, and finishes what has begun at SIGTERM', async () => {
    const port = await twoPorts();
    await withProcesses({ it: { module: 'command.pl', interpreter: 'perl', args: ['a word', '$HOME'], port, instances: 2 } }, async formation => {
      await portOpen(port);
      await portOpen(port + 1);
      const [first, second] = formation.ready();
      assert.equal(await get(port), `${first?.pid} ${port} a word $HOME`);
      assert.equal(await get(port + 1), `${second?.pid} ${port + 1} a word $HOME`);
      const slow = get(port + 1, '/slow/1');
      await until(() => /^slow$/m.test(formation.output()));
      await formation.running.crew.scale(new Map([['it', 1]]));
      assert.match(await slow, new RegExp(`^${second?.pid} `));
      const { reason, code } = await formation.death();
      assert.deepEqual([reason, code], ['scale', 0]);
    });
  });

  it('that does not heed SIGTERM is killed with its group', async () => {
    const line = 'trap "" TERM; sleep 1000 & echo $!; while :; do sleep 0.1; done';
    await withProcesses({ it: { command: line, drainTimeout: 100, killTimeout: 100 } }, async formation => {
      const child = await until(() => Number(/^(\d+)$/m.exec(formation.output())?.[1]));
      assert.ok(alive(child));
      await formation.running.crew.scale(new Map([['it', 0]]));
      const { signal } = await formation.death();
      assert.equal(signal, 'SIGKILL');
      await until(() => !alive(child));
    });
  });

  it('that is not there is told by the words of the shell', async () => {
    await withProcesses({ it: { module: 'command.pl', interpreter: 'no-such-interpreter' } }, async formation => {
      const { code, lastLines } = await formation.death();
      assert.equal(code, 127);
      assert.match(lastLines.join('\n'), /no-such-interpreter/);
    });
  });

  it('is replaced by a reload after it has ended, for it holds its port', async () => {
    const port = await freePort();
    await withProcesses({ it: { module: 'command.pl', interpreter: 'perl', port } }, async formation => {
      await portOpen(port);
      let most = 0;
      formation.running.supervisor.on('change', () => (most = Math.max(most, formation.running.supervisor.instances().length)));
      const [old] = formation.ready();
      await formation.running.crew.reload();
      assert.equal(most, 1);
      await portOpen(port);
      assert.notEqual(Number((await get(port)).split(' ')[0]), old?.pid);
    });
  });
});

describe('a module of Node.js', () => {
  it('shares its port among its instances, and runs on another Node.js', async function () {
    this.timeout(120_000);
    const port = await freePort();
    const other = node24();
    await withProcesses({ it: { module: 'script.js', port, instances: 2, args: ['one', 'two'], execPath: other } }, async formation => {
      const seen = new Set<unknown>();
      await until(async () => {
        const answer = JSON.parse(await get(port)) as Record<string, unknown>;
        assert.deepEqual([answer['argv'], answer['port']], [['one', 'two'], String(port)]);
        seen.add(answer['pid']);
        return seen.size === 2;
      });
      assert.deepEqual(seen, new Set(formation.ready().map(({ pid }) => pid)));
    });
  });

  it('that opens no server is ready when it says so, or at once if it is to be', async () => {
    const idles = { module: 'idles.js' };
    await withProcesses({ says: { ...idles, env: { SAYS: '1' } }, runs: { ...idles, ready: 'spawn' } }, async formation => {
      assert.deepEqual(
        formation
          .ready()
          .map(({ type }) => type)
          .sort(),
        ['runs', 'says'],
      );
      await Promise.resolve();
    });
    const start = withProcesses({ it: { ...idles, startTimeout: 500, restart: { intensity: 0 } } }, () => Promise.resolve());
    await assert.rejects(start, { code: 'BROOD_START_TIMEOUT' });
  });
});

describe('a probe of a command', () => {
  it('asks each instance at its own port, and the instance is ready when that answers', async () => {
    const port = await twoPorts();
    const check = { kind: 'tcp', host: '127.0.0.1', port } as const;
    const readiness = { check, initialDelay: 0, period: 100, timeout: 1000, successThreshold: 1, failureThreshold: 3 };
    const config = { module: 'command.pl', interpreter: 'perl', port, instances: 2, probes: { readiness } };
    await withProcesses({ it: config }, async () => {
      // The start is over: both are ready, and so both answer.
      assert.match(await get(port), new RegExp(` ${port}$`));
      assert.match(await get(port + 1), new RegExp(` ${port + 1}$`));
    });
  });
});

/** How process types follow each other, and how all of it ends: in order, by a signal of its own, with what escaped, without its master. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { BIN } from '../daemon/running.ts';
import { assertGone, marked } from '../helpers/left.ts';
import { freePorts } from '../helpers/ports.ts';
import { exited, lineOf, said, until } from '../helpers/until.ts';
import type { Started } from './started.ts';
import { started } from './started.ts';

/** Writes its name into the file "order" when it starts and when it is told to end, and stays until then. */
const stays = (name: string, signal = 'TERM'): string => `trap "echo -${name} >> order; exit 0" ${signal}; echo +${name} >> order; sleep 600`;

const configured = (processes: Readonly<Record<string, object>>): Readonly<Record<string, string>> => ({
  'brood.config.json': JSON.stringify({ processes }),
});
const orderIn = (run: Started): readonly string[] => (existsSync(run.path('order')) ? readFileSync(run.path('order'), 'utf8').trim().split('\n') : []);

/** Listens on the first port after a moment, and answers well on the second one after another. */
const SERVER = `const { appendFileSync } = require('node:fs');
const [tcp, http] = process.argv.slice(2).map(Number);
let status = 503;
require('node:http').createServer((request, response) => response.writeHead(status).end()).listen(http);
setTimeout(() => { appendFileSync('order', 'tcp\\n'); require('node:net').createServer().listen(tcp); }, 150);
setTimeout(() => { appendFileSync('order', 'http\\n'); status = 200; }, 300);
`;

describe('the life of process types', () => {
  it('begins when what comes before is started, ready (by a port, HTTP, a command, a line), healthy, completed; and ends in reverse order', async () => {
    const tcp = await freePorts(2);
    const health = `127.0.0.1:${tcp + 1}/healthz`;
    const processes = {
      tcp: { command: `exec node server.cjs ${tcp} ${tcp + 1}`, ready: { tcp } },
      http: { command: stays('of-http'), ready: { http: `http://${health}` } },
      exec: { command: `sleep 0.2; echo exec >> order; ${stays('of-exec')}`, ready: { exec: 'grep -qx exec order' } },
      // Ready only when the one that waits for its start has started.
      line: { command: `until grep -qx +after-started order; do sleep 0.02; done; echo line >> order; echo up; ${stays('of-line')}`, ready: { line: '^up$' } },
      healthy: {
        command: `sleep 0.2; touch well; echo healthy >> order; ${stays('of-healthy')}`,
        probes: { readiness: { exec: { command: 'test -e well' }, periodSeconds: 0.1 } },
      },
      completed: { command: 'sleep 0.2; echo completed >> order' },
      'after-started': { command: stays('after-started'), after: { line: 'started' } },
      'after-tcp': { command: stays('after-tcp'), after: 'tcp' },
      'after-http': { command: stays('after-http'), after: ['http'] },
      'after-exec': { command: stays('after-exec'), after: { exec: 'ready' } },
      'after-line': { command: stays('after-line'), after: { line: 'ready' } },
      'after-healthy': { command: stays('after-healthy'), after: { healthy: 'healthy' } },
      'after-completed': { command: stays('after-completed'), after: { completed: 'completed' } },
      last: { command: stays('last'), after: ['after-line', 'after-tcp'] },
    };
    await started('', { files: { ...configured(processes), 'server.cjs': SERVER } }, async run => {
      await run.says(/ready in/);
      await until(() => orderIn(run).includes('+last') && orderIn(run).includes('+after-http'), { what: 'all to have started' });
      run.child.kill('SIGTERM');
      assert.equal((await run.ended()).code, 0);
      const order = orderIn(run);
      const at = (word: string): number => {
        assert.ok(order.includes(word), `${word} is not in ${order.join(' ')}`);
        return order.indexOf(word);
      };
      const comesBefore = (first: string, second: string): void => assert.ok(at(first) < at(second), `${first} before ${second}: ${order.join(' ')}`);
      for (const what of ['tcp', 'http', 'exec', 'line', 'healthy', 'completed']) comesBefore(what, `+after-${what}`);
      for (const what of ['http', 'exec', 'line', 'healthy']) comesBefore(`-after-${what}`, `-of-${what}`);
      comesBefore('+after-line', '+last');
      comesBefore('-last', '-after-line');
      comesBefore('-last', '-after-tcp');
      comesBefore('-after-started', '-of-line');
    });
  });

  it('never begins for what waits for a task that fails: the start fails, and names it', async () => {
    const after = { command: 'touch web', after: { migrate: 'completed' } };
    for (const restart of [{ when: 'never' }, { intensity: 1, backoff: 1 }]) {
      await started('', { files: configured({ migrate: { command: 'echo no such table >&2; exit 7', restart }, web: after }) }, async run => {
        const { code, err } = await run.ended();
        assert.equal(code, 4, err);
        assert.match(err, /migrate\.1 did not start: .*exit code 7/);
        assert.match(err, /no such table/);
        assert.equal(existsSync(run.path('web')), false);
      });
    }
  });

  it('ends with one whose end is the end of all, each by its own signal', async () => {
    const processes = {
      once: { command: 'until grep -qx +int order && grep -qx +term order; do sleep 0.02; done', onExit: 'stop', restart: { when: 'never' } },
      int: { command: stays('int', 'INT'), stopSignal: 'SIGINT' },
      term: { command: stays('term') },
    };
    await started('', { files: configured(processes) }, async run => {
      const { code, err } = await run.ended();
      assert.equal(code, 0, err);
      assert.match(err, /everything is stopped, for once\.1 has ended \(exit code 0\)/);
      assert.deepEqual([...orderIn(run)].sort(), ['+int', '+term', '-int', '-term']);
    });
  });

  /** One that goes into a session of its own, and one that does not hear; their pids. */
  const difficult = {
    escapes: { command: 'setsid sleep 600 & echo escaped; exec sleep 600', drainTimeout: 300, killTimeout: 100 },
    deaf: { command: "trap '' TERM; echo deaf; while :; do sleep 0.1; done", drainTimeout: 300, killTimeout: 100 },
  };
  const everybody = async (run: Started): Promise<readonly number[]> => {
    await Promise.all([run.line(/escaped/), run.line(/deaf/), run.says(/ready in/)]);
    const pids = marked();
    assert.ok(pids.length >= 4, 'the master, two shells, and the one that escaped');
    return pids;
  };

  it('ends for what has called setsid, and for what does not hear after its grace', async () => {
    await started('', { files: configured(difficult) }, async run => {
      const pids = await everybody(run);
      run.child.kill('SIGTERM');
      const { code, err } = await run.ended();
      assert.equal(code, 0);
      assert.match(err, /deaf\.1/);
      await assertGone(pids);
    });
  });

  it('ends for all of them when the master is killed', async () => {
    await started('', { files: configured(difficult) }, async run => {
      const pids = await everybody(run);
      run.child.kill('SIGKILL');
      await assertGone(pids, 10_000);
    });
  });

  it('is followed by two, of whom one does not read: the other one and the log have every line', async () => {
    const [batches, lines] = [4, 3000];
    const chatty = `echo hello; i=0; while [ $i -lt ${batches} ]; do until [ -e go.$i ]; do sleep 0.02; done; seq -f "$i %06.0f ${'.'.repeat(90)}" 1 ${lines}; i=$((i+1)); done; exec sleep 600`;
    await started('', { files: configured({ chatty: { command: chatty } }) }, async run => {
      await run.line(/hello/);
      const follow = () => spawn(process.execPath, [BIN, 'logs', 'chatty', '-f', '--no-prefix'], { cwd: run.directory, stdio: ['ignore', 'pipe', 'inherit'] });
      const [reads, sleeps] = [follow(), follow()];
      try {
        await Promise.all([lineOf(reads.stdout, /hello/), once(sleeps.stdout, 'data')]);
        sleeps.stdout.pause();
        for (let batch = 0; batch < batches; batch++) {
          run.write({ [`go.${batch}`]: '' });
          const last = `${batch} ${String(lines).padStart(6, '0')} `;
          await until(() => [reads.stdout, run.child.stdout].every(out => out !== null && said(out).lastIndexOf(last) >= 0), { what: last });
        }
        run.child.kill('SIGTERM');
        const { out } = await run.ended();
        assert.equal(out.match(/\d \d{6} \.{90}\n/g)?.length, batches * lines);
      } finally {
        sleeps.kill('SIGKILL');
        await Promise.all([exited(reads), exited(sleeps)]);
      }
      assert.equal(said(reads.stdout).match(/\d \d{6} \.{90}\n/g)?.length, batches * lines);
    });
  });
});

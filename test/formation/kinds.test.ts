/** Every kind of process has the same life: boot, ready, fall, hang, drain, end. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import type { BroodError } from '../../index.ts';
import type { SettledProcess } from '../../lib/formation/config/settled.ts';
import { alive, assertGone } from '../helpers/left.ts';
import { freePort } from '../helpers/ports.ts';
import { built } from '../helpers/paths.ts';
import { inTime, until } from '../helpers/until.ts';
import { file, withProcesses, type Formation } from './running.ts';

/** Nobody asks whether they hang. */
const UNWATCHED = { hangTimeout: 0 };

let directory = '';
let notes = '';
const noted = (): readonly string[] => readFileSync(notes, 'utf8').split('\n').slice(0, -1);
const count = (line: RegExp): number => noted().filter(one => line.test(one)).length;

beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'brood-kinds-'));
  notes = path.join(directory, 'notes');
  writeFileSync(notes, '');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const get = (port: number, pathname = '/'): Promise<string> =>
  new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, path: pathname, agent: false }, response => {
      let text = '';
      response.setEncoding('utf8').on('data', chunk => (text += String(chunk)));
      response.once('end', () => resolve(text)).once('error', reject);
    });
    request.once('error', reject);
  });

/** A kind, and how its processes are told to do something. */
interface Kind {
  readonly name: string;
  config(env?: Readonly<Record<string, string>>): Promise<SettledProcess>;
  order(formation: Formation, deed: string): Promise<unknown>;
  /** Fails when it does not work. */
  works(formation: Formation): Promise<unknown>;
}

const portOf = ({ running }: Formation): number => Number(running.supervisor.desired.find(({ spec }) => spec.type === 'it')?.spec.env['PORT']);
const job = (kind: 'job' | 'threads'): Kind => ({
  name: kind,
  config: env => Promise.resolve({ module: 'job.js', kind, ...(kind === 'threads' ? { threads: 2 } : {}), env: { NOTES: notes, ...env } }),
  order: (formation, deed) => formation.tell('it', deed),
  async works() {
    const before = count(/^run/);
    await until(() => count(/^run/) > before);
  },
});
const KINDS: readonly Kind[] = [
  job('job'),
  job('threads'),
  {
    name: 'async',
    config: async env => ({ module: 'script.js', port: await freePort(), env: { NOTES: notes, ...env } }),
    order: (formation, deed) => get(portOf(formation), `/do/${deed}`).catch(() => {}),
    works: formation => get(portOf(formation)),
  },
];

for (const kind of KINDS) {
  describe(`a process of the kind ${kind.name}`, () => {
    it('is ready when it works, and ends when it is told to', async () => {
      await withProcesses({ it: { ...(await kind.config()), instances: 2 } }, async formation => {
        assert.deepEqual(
          formation.ready().map(({ type, slot }) => `${type}.${slot}`),
          ['it.1', 'it.2'],
        );
        await kind.works(formation);
      });
    });

    it('whose boot throws fails the start with its own error', async () => {
      const config = { ...(await kind.config({ DEED: 'boot-throws' })), restart: { intensity: 0 } };
      await assert.rejects(
        withProcesses({ it: config }, () => Promise.resolve()),
        error => {
          assert.equal((error as BroodError).code, 'BROOD_START_FAILED');
          assert.match(String(error), /the boot throws/);
          return true;
        },
      );
    });

    it('whose boot hangs fails the start, and is told to have hung where', async () => {
      const config = { ...(await kind.config({ DEED: 'boot-hangs' })), startTimeout: 1500, killTimeout: 200, restart: { intensity: 0 } };
      await assert.rejects(
        withProcesses({ it: config }, () => Promise.resolve()),
        error => {
          assert.equal((error as BroodError).code, 'BROOD_START_TIMEOUT');
          assert.match(String(error), kind.name === 'async' ? /script\.js, which has opened no server yet/ : /it waits in: setup of job\.js/);
          return true;
        },
      );
    });

    it('whose module is missing, or cannot be parsed, fails the start, and the file is named', async () => {
      writeFileSync(path.join(directory, 'broken.mjs'), 'export const handle = async () => {\n  return )\n};\n');
      for (const [module, text] of [
        ['missing.js', /missing\.js/],
        [path.join(directory, 'broken.mjs'), /broken\.mjs:2/],
      ] as const) {
        const config = { ...(await kind.config()), module, restart: { intensity: 0 } };
        await assert.rejects(
          withProcesses({ it: config }, () => Promise.resolve()),
          error => {
            assert.equal((error as BroodError).code, 'BROOD_START_FAILED');
            assert.match(`${String(error)} ${String((error as BroodError).details['frame'] ?? '')} ${(error as BroodError).hint}`, text);
            return true;
          },
        );
      }
    });

    it('that throws what nobody catches is replaced', async () => {
      await withProcesses({ it: await kind.config() }, async formation => {
        const [old] = formation.ready();
        assert.ok(old);
        await kind.order(formation, 'throw');
        if (kind.name === 'threads') {
          // The thread alone has ended, and is started again.
          await until(() => /thread \d has ended and is started again in \d+ ms: Error: nobody caught it/.test(formation.output()));
          await until(() => count(/^setup/) >= 3);
        } else {
          const death = await formation.death(({ id }) => id === old.id);
          assert.deepEqual([death.reason, death.code, death.error?.message], ['uncaughtException', 1, 'nobody caught it']);
          await until(() => formation.ready().length === 1 && formation.ready()[0]?.id !== old.id);
        }
        await kind.works(formation);
      });
    });

    it('that hangs is killed and replaced', async () => {
      const config = { ...(await kind.config()), killTimeout: 500, ...(kind.name === 'threads' ? { hangKill: 600 } : {}) };
      await withProcesses(
        { it: config },
        async formation => {
          const [old] = formation.ready();
          assert.ok(old);
          void kind.order(formation, 'hang');
          if (kind.name === 'threads') {
            await until(() => /thread \d has ended .* it has not answered for 600 ms/.test(formation.output()), { within: 20_000 });
            await until(() => count(/^setup/) >= 4);
            assert.deepEqual(
              formation.ready().map(({ id }) => id),
              [old.id],
            );
          } else {
            const death = await formation.death(({ id }) => id === old.id);
            assert.deepEqual([death.reason, death.signal], ['hang', 'SIGKILL']);
            await until(() => formation.ready().length === 1);
          }
          await kind.works(formation);
        },
        { hangTimeout: 800 },
      );
    });

    it('that runs out of memory is recorded so, and replaced', async function () {
      this.timeout(120_000);
      const limits = kind.name === 'threads' ? { resourceLimits: { maxOldGenerationSizeMb: 40 } } : { execArgv: ['--max-old-space-size=60'] };
      await withProcesses({ it: { ...(await kind.config()), ...limits } }, async formation => {
        const [old] = formation.ready();
        assert.ok(old);
        await kind.order(formation, 'memory');
        // Node.js ends the thread, or with it the whole process.
        const seen = (): boolean => /ERR_WORKER_OUT_OF_MEMORY/.test(formation.output());
        await until(() => (kind.name === 'threads' && seen()) || formation.running.supervisor.deaths.some(({ reason }) => reason === 'out-of-memory'), {
          within: 60_000,
          what: 'the end for want of memory',
        });
        await until(() => formation.ready().length === 1, { within: 20_000 });
        await kind.works(formation);
      });
    });

    it('that does not hear the word to go is killed at the end of its time', async () => {
      const config = { ...(await kind.config()), drainTimeout: 200, killTimeout: 300 };
      await withProcesses(
        { it: config },
        async formation => {
          const [old] = formation.ready();
          assert.ok(old);
          void kind.order(formation, 'hang');
          await until(() => count(/^hangs$/) > 0);
          await formation.running.crew.scale(new Map([['it', 0]]));
          const { reason, signal } = await formation.death(({ id }) => id === old.id);
          assert.deepEqual([reason, signal], ['stop', 'SIGKILL']);
        },
        UNWATCHED,
      );
    });

    it('that drains for long ends at once when it is to hurry', async () => {
      await withProcesses({ it: { ...(await kind.config({ SLOW: '600000' })), drainTimeout: 600_000 } }, async formation => {
        const [old] = formation.ready();
        assert.ok(old);
        void kind.order(formation, 'slow');
        await until(() => count(/^begun$/) > 0);
        const { supervisor, crew } = formation.running;
        const scaled = crew.scale(new Map([['it', 0]]));
        await until(() => supervisor.instances().some(({ state }) => state === 'draining'));
        supervisor.hurry();
        await scaled;
        const { reason } = await formation.death(({ id }) => id === old.id);
        assert.equal(reason, 'stop');
        if (kind.name !== 'async') assert.ok(count(/^cut: BROOD_JOB_CUT$/) > 0);
      });
    });

    it('ends when its master is killed', async () => {
      const master = fork(file('master.js'), [JSON.stringify({ it: { ...(await kind.config()), drainTimeout: 3000 } })], {
        env: { ...process.env, BROOD_BUILT: built },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      // A master tells its parent other things as well.
      const told = new Promise<readonly number[]>(resolve => master.on('message', message => Array.isArray(message) && resolve(message as number[])));
      const pids = await inTime(told, { within: 30_000, what: 'the pids' });
      assert.ok(pids.length > 0 && pids.every(alive));
      master.kill('SIGKILL');
      await assertGone(pids);
      if (kind.name !== 'async') assert.ok(count(/^teardown$/) > 0);
    });
  });
}

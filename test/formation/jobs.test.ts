/** The loop of a job, in a process of its own and in threads: counted, drained, replaced; and its messages. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { SettledProcess } from '../../lib/formation/config/settled.ts';
import { until } from '../helpers/until.ts';
import { withProcesses } from './running.ts';

let directory = '';
let notes = '';
const noted = (): readonly string[] => readFileSync(notes, 'utf8').split('\n').slice(0, -1);
const count = (line: RegExp): number => noted().filter(one => line.test(one)).length;
const jobOf = (kind: 'job' | 'threads', over: SettledProcess = {}): SettledProcess => ({
  module: 'job.js',
  kind,
  ...(kind === 'threads' ? { threads: 2 } : {}),
  ...over,
  env: { NOTES: notes, ...over.env },
});

beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'brood-jobs-'));
  notes = path.join(directory, 'notes');
  writeFileSync(notes, '');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

for (const kind of ['job', 'threads'] as const) {
  describe(`a job (${kind})`, () => {
    it('finishes what has begun when it is told to go, then tears down', async () => {
      await withProcesses({ it: jobOf(kind) }, async formation => {
        await formation.tell('it', 'slow');
        await until(() => count(/^begun$/) > 0);
      });
      const lines = noted();
      assert.equal(count(/^begun$/), count(/^finished$/), lines.join('\n'));
      assert.equal(count(/^cut/), 0);
      assert.equal(count(/^teardown$/), kind === 'threads' ? 2 : 1);
      assert.ok(lines.indexOf('leaving') < lines.lastIndexOf('finished') && lines.lastIndexOf('finished') < lines.lastIndexOf('teardown'), lines.join('\n'));
    });

    it('is cut by its signal at the end of drainTimeout, and tears down all the same', async () => {
      await withProcesses({ it: jobOf(kind, { drainTimeout: 300, env: { SLOW: '600000' } }) }, async formation => {
        await formation.tell('it', 'slow');
        await until(() => count(/^begun$/) > 0);
      });
      assert.equal(count(/^cut: BROOD_JOB_CUT$/), count(/^begun$/), noted().join('\n'));
      assert.ok(count(/^teardown$/) >= 1);
    });

    it('asks for a successor after maxRequests runs, and goes when that one is ready', async () => {
      await withProcesses({ it: jobOf(kind, { maxRequests: 20, jitter: 0 }) }, async formation => {
        const [first] = formation.ready();
        assert.ok(first);
        let least = 1;
        formation.running.supervisor.on('change', () => (least = Math.min(least, formation.ready().length)));
        const death = await formation.death(({ id }) => id === first.id);
        assert.deepEqual([death.reason, death.code, death.served], ['max-requests', 0, true]);
        await until(() => formation.ready().length === 1);
        assert.equal(least, 1, 'there is always one that works');
      });
    });

    it('whose runs fail tries on, more and more slowly, and tells each', async () => {
      await withProcesses({ it: jobOf(kind, { env: { DEED: 'run-throws' } }) }, async formation => {
        await until(() => /a run of job\.js failed.*run \d+ throws/.test(formation.output()));
        await until(() => (formation.output().match(/run \d+ throws/g)?.length ?? 0) >= 3);
        const [one] = formation.ready();
        assert.equal(one?.state, 'ready');
        assert.equal(formation.running.supervisor.deaths.length, 0);
      });
    });

    it('is replaced after errorLimit failed runs in a row, with the last error', async () => {
      await withProcesses({ it: jobOf(kind, { job: { errorLimit: 2 }, env: { DEED: 'run-throws' } }) }, async formation => {
        const death = await formation.death();
        assert.deepEqual([death.reason, death.code, death.error?.code], ['job-errors', 1, 'BROOD_JOB_ERRORS']);
        assert.match(death.error?.message ?? '', /2 runs of job\.js failed in a row; the last one: run \d+ throws/);
      });
    });

    it('waits when there is nothing to do, and does not lose its place', async () => {
      await withProcesses({ it: jobOf(kind, { job: { interval: 10, maxInterval: 50 }, env: { RUNS: '3' } }) }, async formation => {
        const wanted = kind === 'threads' ? 6 : 3;
        await until(() => count(/^run/) === wanted);
        assert.equal(formation.ready().length, 1);
      });
    });

    it('runs as many at a time as `concurrency` says', async () => {
      await withProcesses({ it: jobOf(kind, { module: 'concurrent.js', job: { concurrency: 3 } }) }, async () => {
        await until(() => count(/^together 3$/) > 0);
        assert.equal(count(/^together [4-9]$/), 0);
      });
    });

    it('gets messages and requests, and sends both', async () => {
      await withProcesses({ it: jobOf(kind), other: jobOf('job', { module: 'asks.js' }) }, async formation => {
        const { messenger } = formation.running.post;
        const answer = await messenger.request<Record<string, unknown>>('it', 'who');
        const [one] = formation.ready('it');
        assert.deepEqual([answer['pid'], answer['slot'], answer['type']], [one?.pid, 1, 'it']);
        if (kind === 'threads') {
          const threads = await Promise.all([1, 2].map(() => messenger.request<Record<string, unknown>>('it', 'who')));
          assert.deepEqual(new Set(threads.map(({ thread }) => thread)), new Set([1, 2]));
        }
        // One process type asks the other, and tells everybody what it has heard.
        await until(() => count(new RegExp(`^heard ${one?.pid}$`)) > 0, { what: 'the answer to the other type' });
        await assert.rejects(messenger.request('nobody', 'who'), { code: 'BROOD_RECEIVER_NONE' });
      });
    });

    it('waits in the park, set up, and takes the slot of one that has fallen', async () => {
      await withProcesses({ it: jobOf(kind, { spare: 1 }) }, async formation => {
        const { supervisor } = formation.running;
        const spare = await until(() => supervisor.instances().find(({ state }) => state === 'spare'));
        const [old] = formation.ready();
        assert.ok(old);
        process.kill(old.pid, 'SIGKILL');
        await until(() => formation.ready().some(({ id, slot }) => id === spare.id && slot === 1));
        const before = count(/^run/);
        await until(() => count(/^run/) > before);
      });
    });

    it('is replaced by a reload one after the other, and one always works', async () => {
      await withProcesses({ it: jobOf(kind, { instances: 2 }) }, async formation => {
        const old = new Set(formation.ready().map(({ id }) => id));
        let least = 2;
        formation.running.supervisor.on('change', () => (least = Math.min(least, formation.ready().length)));
        await formation.running.crew.reload();
        assert.equal(least, 2);
        assert.ok(formation.ready().every(({ id }) => !old.has(id)));
      });
    });

    it('that exports no handle() fails the start, and is told what to export', async () => {
      const start = withProcesses({ it: jobOf(kind, { module: 'deeds.js', restart: { intensity: 0 } }) }, () => Promise.resolve());
      await assert.rejects(start, { code: 'BROOD_START_FAILED', message: /deeds\.js must export a function handle\(context\)/ });
    });
  });
}

describe('a thread of a job', () => {
  it('that cannot boot any more has its whole process replaced, after three tries', async function () {
    this.timeout(90_000);
    await withProcesses({ it: jobOf('threads', { env: { FLAG: path.join(directory, 'flag') }, module: 'boots-once.js' }) }, async formation => {
      const [first] = formation.ready();
      assert.ok(first);
      writeFileSync(path.join(directory, 'flag'), '');
      await formation.tell('it', 'exit');
      const death = await formation.death(({ id }) => id === first.id);
      assert.deepEqual([death.reason, death.code], ['job-thread', 1]);
      assert.match(death.error?.message ?? '', /it does not boot again/);
    });
  });
});

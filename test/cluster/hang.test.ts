/** What blocks an event loop is told while it is blocked, and nothing that only looks like it. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterOptions, InstanceView } from '../../index.ts';
import type { HangReport } from '../../lib/observed.ts';
import { withCluster } from '../helpers/cluster.ts';
import type { Serving } from '../helpers/cluster.ts';
import { brief, death, get, ready, withEnvironment } from '../helpers/orders.ts';
import { fixture } from '../helpers/paths.ts';
import { lineOf, said, until } from '../helpers/until.ts';

interface Told {
  readonly instance: InstanceView;
  readonly report: HangReport;
}

interface Watched {
  readonly cluster: Serving;
  readonly told: readonly Told[];
  /** Standard error of the processes. */
  readonly stderr: PassThrough;
  /** The first report that matches. */
  readonly report: (matches?: (report: HangReport) => boolean, what?: string) => Promise<Told>;
}

/** One worker of fixtures/apps/blocks, whose loop may stand still for 300 ms. */
async function withWatched(options: ClusterOptions, use: (watched: Watched) => Promise<void>): Promise<void> {
  const output = { stdout: new PassThrough(), stderr: new PassThrough() };
  output.stdout.resume();
  said(output.stderr);
  const all = { baseDir: fixture('apps', 'blocks'), workers: 1, agent: false, hangWarn: 300, hangTimeout: 0, output, ...brief, ...options };
  const run = async (cluster: Serving): Promise<void> => {
    // Of each that watches itself; nothing else shows that the thread is there.
    const watching = (): number => said(output.stderr).split('brood:watchdog watching').length - 1;
    await until(() => watching() === cluster.instances().length, { what: 'the threads that watch', within: 20_000 });
    const told: Told[] = [];
    cluster.on('hang', (instance, report) => told.push({ instance, report }));
    const report = (matches: (report: HangReport) => boolean = () => true, what = 'a report'): Promise<Told> =>
      until(() => told.find(one => matches(one.report)), { what, within: 20_000 });
    try {
      await use({ cluster, told, stderr: output.stderr, report });
    } finally {
      // One that is still blocked would have to be waited for.
      for (const { pid } of cluster.instances()) process.kill(pid, 'SIGKILL');
    }
  };
  await withEnvironment({ DEBUG: 'brood:watchdog' }, () => withCluster(all, run));
}

const functionsOf = ({ stack }: HangReport): readonly string[] => stack.map(frame => frame.function);
const hasStack = ({ stack }: HangReport): boolean => stack.length > 0;
const isOver = ({ ended }: HangReport): boolean => ended !== undefined;

/** Blocks the loop, and gives what is told of it first; with the stack: on a machine that is busy elsewhere it may come second. */
async function blocked({ cluster, report }: Watched, deed: string, matches?: (report: HangReport) => boolean): Promise<Told> {
  await get(cluster, deed);
  return report(matches);
}

describe('an event loop that stands still', () => {
  it('in an endless loop: the stack is told while it lasts, with the request, and goes into the record of its death', async () => {
    await withWatched({}, async ({ cluster, stderr, report }) => {
      const [worker] = ready(cluster);
      get(cluster, '/spinsForEver?token=secret').catch(() => {});
      const { instance, report: one } = await report(hasStack);
      assert.equal(instance.pid, worker?.pid);
      assert.equal(functionsOf(one)[0], 'spinsForEver');
      assert.equal(one.stack[0]?.file, fixture('apps', 'blocks', 'deeds.js'));
      assert.equal(one.stack[0]?.line, 11);
      assert.deepEqual(one.requests, ['GET /spinsForEver']);
      assert.ok(one.after >= 300);
      const [line] = await lineOf(stderr, /^.*stood still.*$/);
      const entry = JSON.parse(line) as Record<string, unknown>;
      assert.deepEqual([entry['level'], entry['type'], entry['slot'], entry['pid']], ['warn', 'app', 1, worker?.pid]);
      assert.match(JSON.stringify(entry['err']), /at spinsForEver \(.*deeds\.js:11/);
      process.kill(instance.pid, 'SIGKILL');
      const end = await death(cluster);
      assert.equal(end.hang?.stack[0]?.function, 'spinsForEver');
    });
  });

  it('and goes on by itself: told once with the stack and once that it is over, and the request is answered', async () => {
    await withWatched({}, async watched => {
      const { cluster, told, report } = watched;
      const [worker] = ready(cluster);
      await blocked(watched, '/spinsFor/1500', hasStack);
      const { report: over } = await report(isOver, 'the end of it');
      assert.equal((await get(cluster)).text, String(worker?.pid));
      const seen = told.filter(one => hasStack(one.report));
      assert.deepEqual(
        seen.map(one => isOver(one.report)),
        [false, true],
      );
      assert.ok(seen.every(one => functionsOf(one.report).includes('spinsFor')));
      assert.ok((over.ended ?? 0) > over.after);
      assert.deepEqual(cluster.deaths, []);
    });
  });

  it('in a call that waits for a process: told what is known, and the stack when the call returns', async () => {
    await withWatched({}, async watched => {
      await blocked(watched, '/waitsForAProcess/2');
      const { report: blind } = watched.told[0] ?? assert.fail();
      assert.deepEqual(blind.stack, []);
      assert.match(blind.known ?? '', /no JavaScript runs.*has just started the process \d+ \(sleep\)$/);
      const { report: later } = await watched.report(hasStack, 'the stack');
      assert.ok(functionsOf(later).includes('waitsForAProcess'));
    });
  });

  it('in native code: told that it is busy, and the stack when the call returns', async () => {
    await withWatched({}, async watched => {
      await blocked(watched, '/computesNatively/4000000');
      assert.match(watched.told[0]?.report.known ?? '', /native code is busy, [01]\.\d of a core$/);
      const { report: later } = await watched.report(hasStack, 'the stack');
      assert.ok(functionsOf(later).includes('computesNatively'));
    });
  });

  it('in Atomics.wait(): told with the stack', async () => {
    await withWatched({}, async watched => {
      const { report } = await blocked(watched, '/waitsOnMemory/1500', hasStack);
      assert.equal(functionsOf(report)[0], 'waitsOnMemory');
    });
  });

  it('of the agent: told as well', async () => {
    await withWatched({ agent: true }, async ({ cluster, told }) => {
      await cluster.messenger.sendToAgent('block', { deed: 'spinsFor', how: 1500 });
      const { instance, report } = await until(() => told.find(one => hasStack(one.report)), { what: 'a report', within: 20_000 });
      assert.equal(instance.type, 'agent');
      assert.ok(functionsOf(report).includes('spinsFor'));
    });
  });

  it('of a script: told in a line for people', async () => {
    await withWatched({ baseDir: fixture('scripts'), script: 'blocks.cjs' }, async watched => {
      const { report } = await blocked(watched, '/1500', hasStack);
      assert.ok(functionsOf(report).includes('spinsFor'));
      await lineOf(watched.stderr, /^\S+ \S+ WARN {2}app\.1 \d+ the event loop has stood still for .* in spinsFor \(.*blocks\.cjs:6/);
      await lineOf(watched.stderr, /^ {4}at spinsFor \(/);
    });
  });

  it('of an Egg application: told in a line of its console logger', async () => {
    const options = { baseDir: fixture('egg', 'minimal-app'), framework: fixture('egg', 'minimal') };
    await withWatched(options, async watched => {
      const { report } = await blocked(watched, '/blocks');
      assert.ok(functionsOf(report).includes('blocks'));
      await lineOf(watched.stderr, /^\S+ \S+ WARN \d+ the event loop has stood still for .* in blocks \(/);
    });
  });

  it('is told in the log file where the logger has one', async () => {
    const baseDir = mkdtempSync(path.join(tmpdir(), 'brood-hang-'));
    const file = path.join(baseDir, 'app.log');
    writeFileSync(path.join(baseDir, 'package.json'), '{"type":"module"}');
    writeFileSync(path.join(baseDir, 'app.js'), `export { default } from ${JSON.stringify(fixture('apps', 'blocks', 'app.js'))};`);
    try {
      await withWatched({ baseDir, config: { logger: { file, console: false } } }, async watched => {
        await blocked(watched, '/spinsFor/1500', hasStack);
        await until(() => readFileSync(file, 'utf8').includes('at spinsFor ('));
        assert.doesNotMatch(said(watched.stderr), /stood still/);
      });
    } finally {
      rmSync(baseDir, { recursive: true });
    }
  });
});

describe('what only looks like a standstill is not told:', () => {
  it('a process that was stopped and continued', async () => {
    await withWatched({}, async watched => {
      const [worker] = ready(watched.cluster);
      assert.ok(worker);
      process.kill(worker.pid, 'SIGSTOP');
      // No wait for anything: so long a pause is what is tested.
      await sleep(2000);
      process.kill(worker.pid, 'SIGCONT');
      await get(watched.cluster);
      // The first that is told is one that was made.
      const { report } = await blocked(watched, '/spinsFor/1500');
      assert.ok(functionsOf(report).includes('spinsFor'), JSON.stringify(report));
    });
  });

  it('a loop that a debugger may hold', async () => {
    await withWatched({ baseDir: fixture('scripts'), script: 'blocks.cjs', execArgv: ['--inspect=127.0.0.1:0'] }, async watched => {
      await get(watched.cluster, '/1500');
      // From here on no debugger can come.
      await get(watched.cluster, '/close-inspector');
      const { report } = await blocked(watched, '/blocks-otherwise');
      assert.ok(functionsOf(report).includes('blocksOtherwise'));
    });
  });
});

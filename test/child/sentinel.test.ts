/** Nothing outlives a master that was killed. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { alive, assertGone } from '../helpers/left.ts';
import { built } from '../helpers/paths.ts';
import { exited, lineOf } from '../helpers/until.ts';
import { program } from './program.ts';

type Pids = Readonly<Record<'looping' | 'stopped' | 'deaf' | 'leaving' | 'forgotten' | 'group' | 'sentinel', number>>;

interface Master {
  readonly process: ChildProcessByStdio<null, Readable, null>;
  readonly pids: Pids;
}

const started: number[] = [];

async function start(grace: number, leavesFor: number): Promise<Master> {
  const env = { ...process.env, LEAVES_FOR: String(leavesFor) };
  const master = spawn(process.execPath, [program('starts-watched-children'), built, String(grace)], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await lineOf(master.stdout, /^\{.*\}$/);
  // Proven by the program: it prints these.
  const pids = JSON.parse(line) as Pids;
  started.push(...Object.values(pids), -pids.group);
  return { process: master, pids };
}

describe('the sentinel', () => {
  // What a failed test has left would loop for ever.
  afterEach(() => {
    for (const pid of started.splice(0)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended, as it should.
      }
    }
  });

  it('ends who loops, is stopped or is deaf, and whole groups, within 2 s of the SIGKILL of the master; who leaves may finish', async () => {
    const { process: master, pids } = await start(20_000, 2500);
    master.kill('SIGKILL');
    await exited(master);
    await assertGone([pids.looping, pids.stopped, pids.deaf, pids.group], 2000);
    assert.ok(alive(pids.leaving), 'spared');
    assert.ok(alive(pids.forgotten), 'not its business any more');
    await assertGone([pids.leaving]);
  });

  it('ends also who leaves, when it takes longer than its grace', async () => {
    const { process: master, pids } = await start(1000, 60_000);
    process.kill(pids.forgotten, 'SIGKILL');
    master.kill('SIGKILL');
    await assertGone(Object.values(pids));
  });

  it('goes quietly when it is told to, and touches nobody', async () => {
    const { process: master, pids } = await start(1000, 60_000);
    master.kill('SIGTERM');
    assert.deepEqual(await exited(master), { code: 0, signal: null });
    await assertGone([pids.sentinel]);
    const { sentinel, group, ...others } = pids;
    for (const [name, pid] of Object.entries(others)) assert.ok(alive(pid), name);
    for (const pid of [...Object.values(others), -group]) process.kill(pid, 'SIGKILL');
    await assertGone(Object.values(pids));
    assert.ok(sentinel > 0);
  });
});

/** The helper that finds processes that tests leave behind. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { alive, assertGone, assertNothingLeft, children, marked } from './left.ts';
import { exited, lineOf } from './until.ts';

const SLEEPER = 'process.stdout.write("up\\n"); setInterval(() => {}, 1000)';

describe('left', () => {
  it('finds a child, and no longer once it has ended', async () => {
    const child = spawn(process.execPath, ['-e', SLEEPER], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = child.pid ?? 0;
    await lineOf(child.stdout, /up/);
    assert.ok(children().includes(pid));
    assert.ok(marked().includes(pid));
    await assert.rejects(assertGone([pid], 1), /these still run:\n.*setInterval/s);
    child.kill('SIGKILL');
    await exited(child);
    await assertGone([pid]);
    assert.ok(!alive(pid));
  });

  it('finds a grandchild that has left its parent, its process group and its session', async () => {
    const launcher = `const c = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' }); c.unref(); console.log(c.pid)`;
    const parent = spawn(process.execPath, ['-e', launcher], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await lineOf(parent.stdout, /^\d+$/);
    const orphan = Number(line);
    await exited(parent);
    assert.ok(marked().includes(orphan));
    await assert.rejects(assertNothingLeft(1), new RegExp(`${orphan} \\(parent`));
    process.kill(orphan, 'SIGKILL');
    await assertGone([orphan]);
  });
});

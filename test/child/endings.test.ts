/** What an end leaves behind, and what is known of its cause. */
import assert from 'node:assert/strict';
import { outOfMemory } from '../../lib/child/out-of-memory.ts';
import { alive, assertGone, children } from '../helpers/left.ts';
import { until } from '../helpers/until.ts';
import { programSpec, run, startOf } from './program.ts';

describe('what an instance leaves behind', () => {
  it('is ended with it, however far it has detached itself; what another has started is not', async () => {
    const [one, other] = [run(programSpec('fork', 'spawns-detached-child')), run(programSpec('worker', 'spawns-detached-child'))];
    const orphanOf = async (ran: typeof one): Promise<number> => {
      const { message } = await ran.first('plain');
      assert.ok(typeof message === 'object' && message !== null && 'orphan' in message);
      return Number(message.orphan);
    };
    const orphans = [await orphanOf(one), await orphanOf(other)] as const;
    await Promise.all([one.first('ready'), other.first('ready')]);
    one.child.kill();
    await one.first('exit');
    await assertGone([orphans[0]]);
    assert.ok(alive(orphans[1]) && alive(other.child.pid));

    other.child.kill();
    await other.first('exit');
    await assertGone([orphans[1]]);
  });

  it('is ended in a command as its group', async () => {
    const line = `'${process.execPath}' -e 'setInterval(() => {}, 1000)' & echo $!; wait`;
    const ran = run(programSpec('command', 'idles', { start: { kind: 'command', line } }));
    const group = ran.child.pid;
    await until(() => children().includes(group));
    ran.child.ask(false, 'stop');
    const exit = await ran.first('exit');
    assert.equal(exit.signal, 'SIGTERM');
    await assertGone([group, ...exit.lastLines.map(Number)]);
  });
});

describe('want of memory', () => {
  it('is named as the cause when V8 gave up', async () => {
    const spec = programSpec('fork', 'oom', { start: startOf('fork', 'oom', ['--max-old-space-size=32']) });
    const exit = await run(spec).first('exit', 30_000);
    assert.deepEqual([exit.cause, exit.signal], ['out-of-memory', 'SIGABRT'], exit.lastLines.join('\n'));
  });

  it('is not the cause of another abort, nor of a kill', async () => {
    assert.equal(await outOfMemory('SIGABRT', ['Assertion failed']), false);
    assert.equal(await outOfMemory('SIGKILL', ['FATAL ERROR: x heap limit']), false);
    assert.equal(await outOfMemory(null, ['FATAL ERROR: x heap limit']), false);
    const ran = run(programSpec('fork', 'ready'));
    await ran.first('ready');
    ran.child.kill();
    assert.equal((await ran.first('exit')).cause, undefined);
  });
});

describe('the handle on a child', () => {
  it('may be used after its end: nothing is thrown and nothing is sent', async () => {
    for (const kind of ['fork', 'worker', 'thread', 'command'] as const) {
      const ran = run(programSpec(kind, kind === 'command' ? 'idles' : 'ready'));
      if (kind !== 'command') await ran.first('ready');
      ran.child.kill();
      await ran.first('exit');
      ran.child.kill();
      ran.child.ask(true, 'stop');
      ran.child.serve(1);
      assert.ok(!ran.child.send({ kind: 'ping' }) && !ran.child.sendPlain({}) && !ran.child.ping());
      assert.equal(ran.all('exit').length, 1);
    }
  });

  it('drops plain messages for one that does not read, when too many bytes wait', async () => {
    const ran = run(programSpec('fork', 'ready'));
    await ran.first('ready');
    process.kill(ran.child.pid, 'SIGSTOP');
    const megabyte = 'x'.repeat(1024 * 1024);
    let sent = 0;
    while (sent < 1000 && ran.child.sendPlain(megabyte)) sent++;
    assert.ok(sent >= 64 && sent <= 64 + 64 + 1, `${sent} MiB`);
    ran.child.kill();
    assert.equal((await ran.first('exit')).signal, 'SIGKILL');
  });
});

/** One loop, four kinds of children. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Death, ProcessSpec } from '../../lib/model.ts';
import { starterInto } from '../../lib/child/start.ts';
import { Supervisor } from '../../lib/supervisor/supervisor.ts';
import { realWorld } from '../../lib/supervisor/world.ts';
import { alive, assertGone } from '../helpers/left.ts';
import { until } from '../helpers/until.ts';
import { rowOf } from '../supervisor/watched.ts';
import { programSpec, run, startOf } from './program.ts';
import type { Kind } from './program.ts';

const KINDS: readonly Kind[] = ['fork', 'worker', 'thread', 'command'];
const CALM = { when: 'always', intensity: 3, period: 60_000, backoff: 10, maxBackoff: 1000 } as const;

/** Whether a process has a handler for SIGTERM (15): bit 14 of the mask that the kernel shows. */
const catchesTerm = (pid: number): boolean => {
  const mask = /^SigCgt:\s*([\da-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${mask}`) >> 14n) & 1n) === 1n;
};

describe('the supervisor with real processes', () => {
  let supervisor: Supervisor;
  let deaths: Death[];
  beforeEach(() => {
    supervisor = new Supervisor(realWorld(starterInto()));
    // Its own list: the last records of the supervisor before it may still be on their way.
    const records: Death[] = [];
    deaths = records;
    supervisor.on('death', death => records.push(death));
  });
  afterEach(async () => {
    supervisor.want([]);
    supervisor.hurry();
    await until(() => supervisor.instances().length === 0);
    supervisor.dispose();
  });
  const ready = () => supervisor.instances().filter(({ state }) => state === 'ready');

  it('drives a fork, workers, a thread and a command by the same loop: start, crash, rolling change, stop in order', async () => {
    const over = { restart: CALM, surge: 1 };
    const specs = [
      programSpec('fork', 'ready', over),
      programSpec('worker', 'ready', { ...over, after: ['fork'] }),
      programSpec('thread', 'ready', { ...over, after: ['worker'] }),
      programSpec('command', 'idles', { ...over, after: ['thread'] }),
    ];
    const want = (generation: number, quantity = 1): void =>
      supervisor.want(specs.map(spec => rowOf(spec, spec.type === 'worker' ? quantity * 2 : quantity, generation)));
    want(1);
    await until(() => ready().length === 5);
    const first = ready();
    assert.deepEqual(first.map(({ type, slot }) => `${type}.${slot}`).sort(), ['command.1', 'fork.1', 'thread.1', 'worker.1', 'worker.2']);
    assert.equal(new Set(first.map(({ pid }) => pid).filter(alive)).size, 5);

    for (const { pid } of first) process.kill(pid, 'SIGKILL');
    await until(() => deaths.length === 5 && ready().length === 5);
    for (const { reason, signal, code, served, pid } of deaths) {
      assert.deepEqual({ reason, signal, code, served }, { reason: 'signal', signal: 'SIGKILL', code: null, served: true });
      assert.ok(first.some(instance => instance.pid === pid));
    }

    const seen = new Set<string>();
    supervisor.on('change', () => {
      for (const kind of KINDS) if (ready().filter(({ type }) => type === kind).length < (kind === 'worker' ? 2 : 1)) seen.add(kind);
    });
    want(2);
    await until(() => ready().length === 5 && supervisor.instances().length === 5 && ready().every(({ generation }) => generation === 2));
    // A record comes when the rest of the output has: later than the end itself.
    await until(() => deaths.length === 10);
    assert.deepEqual([...seen], [], 'never fewer ready than wanted');

    supervisor.removeAllListeners('change');
    deaths.length = 0;
    want(2, 0);
    await until(() => supervisor.instances().length === 0 && deaths.length === 5);
    // The ends themselves are in order, some within one millisecond; the records need not be.
    const endsOf = (kind: Kind): readonly number[] => deaths.filter(({ type }) => type === kind).map(({ at }) => at);
    const order: readonly Kind[] = ['command', 'thread', 'worker', 'fork'];
    for (const [place, kind] of order.slice(1).entries())
      assert.ok(Math.max(...endsOf(order[place] ?? kind)) <= Math.min(...endsOf(kind)), JSON.stringify(deaths));
    assert.ok(deaths.every(({ reason }) => reason === 'stop'));
  });

  it('kills one of any kind that ignores the word to go', async () => {
    const stop = { drainTimeout: 100, killTimeout: 100 };
    supervisor.want(KINDS.map(kind => rowOf(programSpec(kind, 'ignores-term', { restart: CALM, stop }), 1)));
    await until(() => ready().length === 4);
    const pids = ready().map(({ pid }) => pid);
    // A command is ready as soon as it runs, and deaf only when its handler is there.
    await until(() => pids.every(catchesTerm), { what: 'the handlers of SIGTERM' });
    supervisor.want([]);
    await until(() => deaths.length === 4);
    await assertGone(pids);
    for (const { type, signal, reason } of deaths) assert.deepEqual([reason, signal], ['stop', 'SIGKILL'], `${type}: ${JSON.stringify(deaths)}`);
  });

  it('records the death of a boot that failed: reason, code, last lines, and gives the generation up', async () => {
    const failed = new Promise<Death>(resolve => supervisor.once('failed', ({ death }) => resolve(death)));
    supervisor.want([rowOf(programSpec('fork', 'exits-1-before-ready', { restart: { ...CALM, intensity: 1 } }), 1)]);
    const death = await failed;
    assert.deepEqual(
      { type: death.type, slot: death.slot, generation: death.generation, reason: death.reason, code: death.code, signal: death.signal, served: death.served },
      { type: 'fork', slot: 1, generation: 1, reason: 'exit', code: 1, signal: null, served: false },
    );
    assert.deepEqual(death.lastLines, ['no configuration']);
    assert.ok(death.uptime >= 0 && death.pid > 0 && death.at > 0);
  });

  it('records a fall after ready, and the step in which a boot hung', async () => {
    supervisor.want([
      rowOf(programSpec('worker', 'exits-1-after-ready', { restart: CALM }), 1),
      rowOf(programSpec('fork', 'never-ready', { restart: CALM, startTimeout: 1000, stop: { drainTimeout: 100, killTimeout: 100 } }), 1),
    ]);
    const worker = await until(() => ready()[0]);
    supervisor.childOf(worker.id)?.sendPlain('fall');
    const fall = await until(() => deaths.find(({ type }) => type === 'worker'));
    assert.deepEqual([fall.reason, fall.code, fall.served, fall.lastLines], ['exit', 1, true, ['it fell']]);
    const hung = await until(() => deaths.find(({ type }) => type === 'fork'));
    assert.deepEqual([hung.reason, hung.signal, hung.step, hung.served], ['start-timeout', 'SIGKILL', 'connect to the database', false]);
  });

  it('parks a spare, and lets it serve in the slot of the fallen', async () => {
    supervisor.want([rowOf(programSpec('fork', 'ready', { restart: CALM, spare: 1 }), 1)]);
    const spare = await until(() => supervisor.instances().find(({ state }) => state === 'spare'));
    const [serving] = ready();
    assert.ok(serving);
    process.kill(serving.pid, 'SIGKILL');
    const next = await until(() => ready().find(({ pid }) => pid !== serving.pid));
    assert.deepEqual([next.id, next.slot, next.pid], [spare.id, 1, spare.pid]);
  });
});

describe('threads', () => {
  // The heap of a thread is limited by the flags of its process.
  const thread = (name: string): ProcessSpec => programSpec('thread', name, { restart: CALM, start: startOf('thread', name, ['--max-old-space-size=64']) });

  it('share one process, which ends with the last of them', async () => {
    const [one, other] = [run(thread('ready')), run(thread('ready'))];
    await Promise.all([one.first('ready'), other.first('ready')]);
    assert.equal(one.child.pid, other.child.pid);
    one.child.ask(false, 'stop');
    const exit = await one.first('exit');
    assert.deepEqual([exit.code, exit.signal], [0, null]);
    assert.ok(other.child.ping());
    await other.first('pong');
    other.child.ask(false, 'stop');
    await other.first('exit');
    await assertGone([other.child.pid]);
  });

  it('end alone: by an exit with its last lines, in an endless loop, with an error that nobody caught', async () => {
    const well = run(thread('ready'));
    const fallen = run(thread('exits-1-after-ready'));
    const failed = run(thread('exits-1-before-ready'));
    const looping = run(thread('loops'));
    await Promise.all([well, fallen].map(one => one.first('ready')));
    fallen.child.sendPlain('fall');
    const fall = await fallen.first('exit');
    assert.deepEqual([fall.code, fall.signal, fall.lastLines], [1, null, ['it fell']]);
    assert.deepEqual((await failed.first('exit')).lastLines, ['no configuration']);
    looping.child.kill();
    assert.equal((await looping.first('exit')).signal, 'SIGKILL');
    const missing = run(thread('no-such-program'));
    assert.match((await missing.first('exit')).error?.message ?? '', /no-such-program/);
    assert.ok(well.child.ping());
    await well.first('pong');
    well.child.kill();
    await well.first('exit');
  });

  it('are recorded as out of memory when their heap is full, whether Node.js ends the thread or the process', async () => {
    const hungry = run(thread('oom'));
    const { cause, rest } = await hungry.first('exit', 30_000);
    assert.equal(cause ?? (await rest)?.cause, 'out-of-memory');
  });

  it('whose process does not answer is killed with it, and the others are told', async () => {
    const [one, other] = [run(thread('ready')), run(thread('ready'))];
    await Promise.all([one.first('ready'), other.first('ready')]);
    process.kill(one.child.pid, 'SIGSTOP');
    one.child.kill();
    one.child.kill();
    assert.equal((await one.first('exit')).signal, 'SIGKILL');
    assert.equal((await other.first('exit')).signal, 'SIGKILL');
  });

  it('leave nothing behind that they have started', async () => {
    const [one, other] = [run(thread('spawns-detached-child')), run(thread('ready'))];
    const { message } = await one.first('plain');
    assert.ok(typeof message === 'object' && message !== null && 'orphan' in message);
    await other.first('ready');
    one.child.kill();
    await one.first('exit');
    await assertGone([Number(message.orphan)]);
    assert.ok(alive(other.child.pid));
    other.child.kill();
    await other.first('exit');
  });
});

describe('a start that fails', () => {
  const missing = { cwd: '/no/such/directory' };
  const tooLong = ['--title', 'x'.repeat(3 * 1024 * 1024)];
  for (const kind of KINDS) {
    it(`of a ${kind} in a directory that is not there is an end like any other`, async () => {
      const ran = run(programSpec(kind, 'ready', missing));
      assert.equal(ran.child.pid, 0);
      const exit = await ran.first('exit');
      assert.deepEqual([exit.cause, exit.code, exit.signal], ['spawn-error', null, null]);
      assert.match(exit.error?.message ?? '', /ENOENT/);
      ran.child.kill();
      ran.child.ask(false, 'stop');
      assert.ok(!ran.child.send({ kind: 'ping' }) && !ran.child.sendPlain('hello') && !ran.child.ping());
      assert.equal(ran.events.length, 1);
    });
  }

  for (const kind of ['fork', 'worker'] as const) {
    it(`of a ${kind} whose arguments are too long loses no slot`, async () => {
      const spec = programSpec(kind, 'ready');
      const { start } = spec;
      assert.ok(start.kind === kind);
      const ran = run({ ...spec, start: { ...start, execArgv: tooLong } });
      const exit = await ran.first('exit');
      assert.equal(exit.cause, 'spawn-error');
      assert.match(exit.error?.message ?? '', /E2BIG/);
    });
  }

  it('is counted and retried like any failed boot', async () => {
    const supervisor = new Supervisor(realWorld(starterInto()));
    const failed = new Promise<Death>(resolve => supervisor.once('failed', ({ death }) => resolve(death)));
    supervisor.want(KINDS.map(kind => rowOf(programSpec(kind, 'ready', { ...missing, restart: { ...CALM, intensity: 2 } }), 1)));
    assert.equal((await failed).reason, 'spawn-error');
    assert.ok(supervisor.deaths.length >= 3);
    supervisor.want([]);
    await until(() => supervisor.instances().length === 0);
    supervisor.dispose();
  });
});

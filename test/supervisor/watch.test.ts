/** Nothing outlives a supervisor, whether it is killed or stopped: neither the difficult nor what they have started. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Escapee } from '../../lib/child/orphans.ts';
import { children, marked } from '../helpers/left.ts';
import { built, fixture } from '../helpers/paths.ts';
import { exited, lineOf, until } from '../helpers/until.ts';

interface Master {
  readonly process: ChildProcessByStdio<null, Readable, null>;
  readonly pids: Readonly<Record<string, number>>;
  /** Everything that it has started, however indirectly, itself included; the sentinel is not among them. */
  all(): readonly number[];
}

/** Seven children; of the commands' descendants: two deaf grandchildren with a shell, two that have escaped, each with a sleep; a detached child. */
const LEAST = 14;

const commandOf = (pid: number): string => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
const parentOf = (pid: number): number => Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

function sentinelOf(master: number): number | undefined {
  const pids = readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').trim().split(' ').map(Number);
  return pids.find(pid => commandOf(pid).startsWith('brood: sentinel') && parentOf(pid) === master);
}

describe('a supervisor', () => {
  let master: Master;

  beforeEach(async () => {
    const entry = `DIFFICULT=${randomUUID()}`;
    const [name = '', value = ''] = entry.split('=');
    const started = spawn(process.execPath, [fixture('programs', 'supervises-the-difficult.js'), built], {
      env: { ...process.env, [name]: value },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const all = (): readonly number[] => marked(entry);
    const [line] = await lineOf(started.stdout, /^\{"pids":.*"ready":7\}$/);
    // Proven by the program: it prints these.
    const { pids } = JSON.parse(line) as { pids: Record<string, number> };
    master = { process: started, pids, all };
    await until(() => all().length >= LEAST && sentinelOf(started.pid ?? 0), { what: 'all descendants' });
    process.kill(pids['stopped'] ?? 0, 'SIGSTOP');
  });

  // What a failed test has left would run for ever.
  afterEach(() => {
    for (const pid of master.all()) process.kill(pid, 'SIGKILL');
  });

  it('that is killed takes all with it: who idles, loops, is stopped or deaf, groups, and who has escaped into a session of its own', async () => {
    const sentinel = sentinelOf(master.process.pid ?? 0);
    master.process.kill('SIGKILL');
    await exited(master.process);
    await until(() => master.all().length === 0, { what: `the end of ${master.all().map(commandOf).join('; ')}` });
    await until(() => sentinel !== undefined && !children().includes(sentinel));
  });

  it('has a new sentinel when somebody kills it', async () => {
    const first = sentinelOf(master.process.pid ?? 0) ?? 0;
    process.kill(first, 'SIGTERM');
    process.kill(first, 'SIGINT');
    assert.equal(sentinelOf(master.process.pid ?? 0), first, 'it is deaf to what a terminal sends');
    process.kill(first, 'SIGKILL');
    await until(() => {
      const next = sentinelOf(master.process.pid ?? 0);
      return next !== undefined && next !== first;
    });
    master.process.kill('SIGKILL');
    await until(() => master.all().length === 0);
  });

  it('that stops leaves nothing, and tells who had escaped', async () => {
    const { stdout } = master.process;
    const before = master.all().map(pid => ({ pid, command: commandOf(pid) }));
    master.process.kill('SIGTERM');
    const [line] = await lineOf(stdout, /^\[.*\]$/);
    assert.deepEqual(await exited(master.process), { code: 0, signal: null });
    assert.deepEqual(master.all(), []);
    // Proven by the program: it prints these.
    const escapees = JSON.parse(line) as readonly Escapee[];
    for (const { pid, command, signal, how } of escapees) {
      assert.deepEqual([signal, how], ['SIGKILL', 'escapee']);
      if (!command.startsWith('sleep'))
        assert.ok(
          before.some(one => one.pid === pid && one.command === command),
          command,
        );
    }
    assert.equal(escapees.filter(({ command }) => command.includes('while :')).length, 2, line);
    assert.equal(escapees.filter(({ command }) => command.includes('setInterval')).length, 1, line);
  });
});

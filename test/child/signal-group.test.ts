/** Who of what a shell line runs gets a signal: real processes. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { ProcessTable } from '../../lib/child/process-table.ts';
import type { Child } from '../../lib/child/child.ts';
import { MARK_VARIABLE } from '../../lib/child/orphans.ts';
import { signalGroup } from '../../lib/child/signal-group.ts';
import type { ProcessSpec } from '../../lib/model.ts';
import { withFiles } from '../helpers/files.ts';
import { alive } from '../helpers/left.ts';
import { until } from '../helpers/until.ts';
import { programSpec, run } from './program.ts';

/** Writes each signal to the file `got`, with its own name and pid, and hands it on to what it has started, if it is told to. */
const HEARS = `
const { appendFileSync } = require('node:fs');
const { spawn } = require('node:child_process');
const [, , name, ...command] = process.argv;
const child = command.length > 0 ? spawn(command[0], command.slice(1), { stdio: 'inherit' }) : undefined;
for (const signal of ['SIGTTIN', 'SIGUSR1', 'SIGUSR2']) process.on(signal, () => {
  appendFileSync('got', name + ' ' + signal + '\\n');
  if (signal !== 'SIGUSR1') child?.kill(signal);
});
setInterval(() => {}, 60_000);
appendFileSync('up', process.pid + '\\n');
`;

interface Scene {
  readonly child: Child;
  readonly got: () => readonly string[];
  /** The pids of those that hear, as they came up. */
  readonly up: readonly number[];
}

/** A shell line with programs that hear, until all of them do. */
const withLine = (line: string, hearing: number, use: (scene: Scene) => Promise<void> | void): Promise<void> =>
  withFiles({ 'hears.js': HEARS, up: '', got: '' }, async ({ directory, path: pathOf }) => {
    const start: ProcessSpec['start'] = { kind: 'command', line: line.replaceAll('HEARS', `'${process.execPath}' hears.js`) };
    const ran = run(programSpec('command', 'idles', { start, cwd: directory }));
    const lines = (name: string): readonly string[] => readFileSync(pathOf(name), 'utf8').split('\n').slice(0, -1);
    try {
      await until(() => lines('up').length === hearing, { what: `${hearing} programs to hear` });
      await use({ child: ran.child, got: () => lines('got'), up: lines('up').map(Number) });
    } finally {
      ran.child.kill();
      // One without the mark does not end with the instance.
      for (const pid of lines('up').map(Number).filter(alive)) process.kill(pid, 'SIGKILL');
      await ran.first('exit');
      await until(() => !lines('up').map(Number).some(alive), { what: 'the end of all of it' });
    }
  });

describe('a signal for what a shell line runs', () => {
  it('comes once to a program whose starter hands it on', () =>
    withLine('cd . && HEARS outer sh -c "HEARS inner && true" && true', 2, async ({ child, got, up }) => {
      child.signal?.('SIGTTIN', new ProcessTable());
      await until(() => got().includes('outer SIGTTIN'));
      // A second signal, to all that heard the first, comes after it.
      for (const pid of up) process.kill(pid, 'SIGUSR1');
      await until(() => got().length >= up.length + 1);
      assert.deepEqual(
        got().filter(line => line.endsWith('TTIN')),
        ['outer SIGTTIN'],
      );
    }));

  it('goes past a Node.js that only starts the program, when it is USR1', () =>
    withLine('HEARS outer sh -c "HEARS inner && true" && true', 2, async ({ child, got }) => {
      child.signal?.('SIGUSR1', new ProcessTable());
      await until(() => got().length > 0);
      assert.deepEqual(got(), ['inner SIGUSR1']);
    }));

  it('finds a program in a session of its own by its mark, and leaves one without the mark alone', () =>
    withLine(`setsid env -u ${MARK_VARIABLE} HEARS another & setsid -w sh -c "HEARS far && true" && true`, 2, async ({ child, got }) => {
      child.signal?.('SIGUSR2', new ProcessTable());
      await until(() => got().includes('far SIGUSR2'));
      assert.deepEqual(got(), ['far SIGUSR2']);
    }));

  it('is refused when all of it has ended, and when its number belongs to others now', async () => {
    const other = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
    await once(other, 'spawn');
    const leader = other.pid ?? 0;
    try {
      const reaped = { leader, mark: 'of-another-', isReaped: true };
      for (const signal of ['SIGUSR2', 'SIGTERM'] as const) {
        assert.throws(() => signalGroup(reaped, signal, new ProcessTable()), { code: 'ESRCH' });
        assert.throws(() => signalGroup(reaped, signal, new ProcessTable(() => [])), { code: 'ESRCH' });
      }
      assert.equal(other.signalCode, null);
    } finally {
      other.kill('SIGKILL');
      await once(other, 'exit');
    }
    const ended = run(programSpec('fork', 'exits-1-before-ready'));
    await ended.first('exit');
    assert.throws(() => ended.child.signal?.('SIGTERM', new ProcessTable()), { code: 'ESRCH' });
  });

  it('costs one look at the processes of the machine, whoever is asked about, and none when nobody is', () => {
    let looks = 0;
    const table = new ProcessTable(() => {
      looks++;
      return [
        { pid: 10, parent: 1, group: 10 },
        { pid: 11, parent: 10, group: 10 },
      ];
    });
    assert.equal(looks, 0);
    assert.deepEqual(
      [table.membersOf(10), table.childrenOf(10), table.membersOf(11)].map(rows => rows.map(({ pid }) => pid)),
      [[10, 11], [11], []],
    );
    assert.equal(looks, 1);
  });
});

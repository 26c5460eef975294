/** Log files of a whole cluster: rotation, reopening, levels at run time, formats, outputs that take nothing. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { get, withEnvironment, withProgram } from '../helpers/orders.ts';
import { withCluster } from '../helpers/cluster.ts';
import type { Serving } from '../helpers/cluster.ts';
import { fixture } from '../helpers/paths.ts';
import { exited, said as transcript, until } from '../helpers/until.ts';

const baseDir = fixture('apps', 'logs');

interface Written {
  readonly pid: number;
  readonly line: number;
  readonly lost: number;
}

describe('the logs of a cluster', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'brood-logs-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const at = (name: string): string => path.join(directory, name);
  const withConfig = <Result>(logger: object, use: () => Promise<Result>): Promise<Result> =>
    withEnvironment({ LOGS_CONFIG: JSON.stringify({ dir: directory, console: false, ...logger }) }, use);
  const withLogs = <Result>(logger: object, use: (cluster: Serving) => Promise<Result>): Promise<Result> =>
    withConfig(logger, () => withCluster({ baseDir, lock: false }, use));
  const order = async (cluster: Pick<Serving, 'address'>, what: string): Promise<Written> => JSON.parse((await get(cluster, what)).text);

  /** The numbers of the lines of each process, in the order of the files. */
  const written = (): Map<number, number[]> => {
    const numbers = new Map<number, number[]>();
    for (const name of readdirSync(directory).toSorted()) {
      for (const line of readFileSync(at(name), 'utf8').split('\n').filter(Boolean)) {
        const { pid, msg }: { pid: number; msg: string } = JSON.parse(line);
        const [, number] = /^line (\d+) \.{100}$/.exec(msg) ?? [];
        if (number !== undefined) numbers.set(pid, [...(numbers.get(pid) ?? []), Number(number)]);
      }
    }
    return numbers;
  };

  it('are rotated by size by the agent, while the workers write, without a line lost', async () => {
    const lines = new Map<number, number>();
    await withLogs({ file: 'app.log', rotate: { size: '200k', interval: 50 } }, async cluster => {
      // However slow or fast this machine is: it is written until there are as many files.
      await until(
        async () => {
          const { pid, line } = await order(cluster, '/write/100');
          lines.set(pid, line);
          return lines.size === 2 && readdirSync(directory).length >= 4;
        },
        { within: 30_000 },
      );
    });
    const found = written();
    assert.deepEqual(
      [...lines].map(([pid, count]) => [pid, count, new Set(found.get(pid)).size]),
      [...lines].map(([pid, count]) => [pid, count, count]),
    );
  });

  it('are one file each where the path says so', async () => {
    await withLogs({ file: '{type}.{slot}.log' }, async cluster => {
      await order(cluster, '/write/1');
      await until(() => ['agent.1.log', 'app.1.log', 'app.2.log'].every(name => existsSync(at(name))));
    });
  });

  it('SIGUSR1 of the master makes every process write into the new file, as logrotate expects, and opens no inspector', async () => {
    await withConfig({ file: 'app.log', rotate: false }, () =>
      withProgram({ baseDir, lock: false }, async ({ child, started }) => {
        const cluster = await started;
        for (let round = 0; round < 10; round++) await order(cluster, '/write/10');
        renameSync(at('app.log'), at('app.log.1'));
        child.kill('SIGUSR1');
        await until(() => existsSync(at('app.log')));
        const open = (): string => cluster.pids.map(pid => execFileSync('ls', ['-l', `/proc/${pid}/fd`]).toString()).join('');
        await until(() => !open().includes(at('app.log.1')));
        assert.equal(open().split(at('app.log')).length - 1, cluster.pids.length);
        for (let round = 0; round < 10; round++) await order(cluster, '/write/10');
        assert.ok(child.stderr !== null && !transcript(child.stderr).includes('Debugger'));
        await until(() => [...written().values()].flat().length === 200);
      }),
    );
  });

  it('get another level in every process at run time, those that start later too, and give it back', async () => {
    await withLogs({ level: 'warn', loggers: { named: { level: 'error' } } }, async cluster => {
      const levels = async (): Promise<Map<number, string>> => {
        const seen = new Map<number, string>();
        for (let round = 0; round < 10; round++) {
          const { pid, own, named }: { pid: number; own: string; named: string } = JSON.parse((await get(cluster, '/levels')).text);
          seen.set(pid, `${own} ${named}`);
        }
        return seen;
      };
      const all = (wanted: string): Promise<boolean> => until(async () => [...(await levels()).values()].every(level => level === wanted));
      await all('warn error');
      await get(cluster, '/level/debug');
      await all('debug debug');
      const [first] = await levels();
      process.kill(first?.[0] ?? 0, 'SIGKILL');
      await until(() => cluster.deaths.length === 1 && cluster.instances().filter(({ type, state }) => type === 'app' && state === 'ready').length === 2);
      await all('debug debug');
      cluster.setLogLevel('info', 'named');
      await all('debug info');
      cluster.setLogLevel('configured');
      await all('warn error');
      // What a user without types may write.
      assert.throws(() => cluster.setLogLevel('loud' as never), { code: 'BROOD_LOG_LEVEL' });
    });
  });

  it('go nowhere while the disk is full, and the application serves', async () => {
    await withLogs({ file: '/dev/full' }, async cluster => {
      let lost = 0;
      for (let round = 0; round < 60 && lost === 0; round++) ({ lost } = await order(cluster, '/write/2000'));
      assert.ok(lost > 0);
      assert.equal((await get(cluster, '/')).status, 200);
      assert.equal(cluster.deaths.length, 0);
      assert.equal(await cluster.reopenLogs(), true);
    });
  });

  it('are refused with the place when the configuration is wrong', async () => {
    const wrong = [
      [{ file: '/proc/no/file' }, /\/proc\/no/],
      [{ file: '{type}/app.log' }, /logger\.file must be the path of a file, \{type\} and \{slot\} only in its name/],
      [{ levle: 'info' }, /logger has no "levle"; "level" is meant/],
      [{ level: 'loud' }, /logger\.level must be one of debug, info, warn, error, none, got "loud"/],
      [{ loggers: { access: { console: 'none' } } }, /logger\.loggers\.access\.console must be/],
      [{ file: 'a.log', rotate: { size: 'big' } }, /logger\.rotate\.size must be/],
      [{ rotate: { timeZone: 'Mars/Base' } }, /logger\.rotate\.timeZone must be/],
    ] as const;
    for (const [logger, reason] of wrong) {
      await assert.rejects(
        withLogs(logger, async () => {}),
        ({ code, message, cause }: Error & { code: string }) => {
          assert.equal(code, 'BROOD_START_FAILED');
          assert.match(`${message} ${cause instanceof Error ? cause.message : ''}`, reason);
          return true;
        },
      );
    }
  });

  it('are JSON where the master writes to no terminal, and pretty where somebody says so', async () => {
    for (const [variable, first] of [
      ['', /^\{"time":/m],
      ['pretty', /^\d{4}-\d\d-\d\d .* INFO {2}app\.\d /m],
    ] as const) {
      await withEnvironment({ LOGS_CONFIG: '{}', BROOD_LOG: variable }, () =>
        withProgram({ baseDir, lock: false }, async ({ child, started }) => {
          await order(await started, '/write/1');
          const { stdout } = child;
          assert.ok(stdout !== null);
          await until(() => first.test(transcript(stdout)));
        }),
      );
    }
  });

  it('lose what nobody reads when the reader of the master goes, and nothing else', async () => {
    await withEnvironment({ LOGS_CONFIG: '{}' }, () =>
      withProgram({ baseDir, lock: false }, async ({ child, started }) => {
        const cluster = await started;
        child.stdout?.destroy();
        for (let round = 0; round < 20; round++) assert.equal((await get(cluster, '/write/1000')).status, 200);
        child.kill('SIGTERM');
        assert.deepEqual(await exited(child), { code: 0, signal: null });
      }),
    );
  });
});

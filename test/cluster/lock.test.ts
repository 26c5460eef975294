/** One master for a directory: whoever is first, however it ends, and whatever stands in its way. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { takeLock } from '../../lib/cluster/lock.ts';
import { bootId } from '../../lib/child/whole-name.ts';
import { withFiles } from '../helpers/files.ts';
import { withEnvironment } from '../helpers/orders.ts';
import { built, fixture } from '../helpers/paths.ts';
import { exited, lineOf, said } from '../helpers/until.ts';

interface Try {
  readonly taken: boolean;
  readonly byFile?: boolean;
  readonly code?: string;
  readonly message?: string;
  readonly exitCode?: number;
}

/** Another process that takes locks. */
class Taker {
  readonly process: ChildProcess;

  constructor(directory: string, words: readonly string[] = []) {
    const [file, ...args] = [...words, process.execPath, fixture('programs', 'takes-locks.js'), built, directory] as const;
    this.process = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  }

  async take(): Promise<Try> {
    const { stdout, stdin } = this.process;
    assert.ok(stdout && stdin);
    const from = said(stdout).length;
    stdin.write('take\n');
    const [line] = await lineOf(stdout, /^\{.*\}$/, { from });
    // Proven by the program.
    return JSON.parse(line) as Try;
  }

  release(): void {
    this.process.stdin?.write('release\n');
  }

  async end(): Promise<void> {
    this.process.kill('SIGKILL');
    await exited(this.process);
  }
}

async function withTakers(directory: string, use: (first: Taker, second: Taker) => Promise<void>, words: readonly string[] = []): Promise<void> {
  const [first, second] = [new Taker(directory), new Taker(directory, words)];
  try {
    await use(first, second);
  } finally {
    await Promise.all([first.end(), second.end()]);
  }
}

const asRoot = process.getuid?.() === 0 ? it : (): void => {};

for (const provider of ['tools', 'koffi', 'none']) {
  describe(`the lock of a directory, by ${provider}`, () => {
    const here = (use: (directory: string) => Promise<void>): Promise<void> =>
      withEnvironment({ BROOD_NATIVE: provider }, () => withFiles({}, ({ directory }) => use(directory)));

    it('is had by exactly one of two that start at once, fifty times', () =>
      here(directory =>
        withTakers(directory, async (first, second) => {
          for (let round = 0; round < 50; round++) {
            const tries = await Promise.all([first.take(), second.take()]);
            assert.deepEqual(
              tries.map(({ taken }) => taken).sort((a, b) => Number(a) - Number(b)),
              [false, true],
              `round ${round}: ${JSON.stringify(tries)}`,
            );
            const refused = tries.find(({ taken }) => !taken);
            assert.deepEqual([refused?.code, refused?.exitCode], ['BROOD_ALREADY_RUNNING', 6]);
            assert.equal(tries.find(({ taken }) => taken)?.byFile, provider !== 'none');
            for (const taker of [first, second]) taker.release();
          }
        }),
      ));

    it('is free as soon as its holder has been killed', () =>
      here(directory =>
        withTakers(directory, async (first, second) => {
          for (let round = 0; round < 3; round++) {
            const holder = new Taker(directory);
            assert.ok((await holder.take()).taken);
            assert.ok(!(await first.take()).taken);
            await holder.end();
            assert.ok((await second.take()).taken);
            second.release();
          }
        }),
      ));
  });
}

describe('the lock file', () => {
  const lockIn = (directory: string): string => `${directory}/.brood/lock`;

  it('is nobody else’s to read, and is not removed', () =>
    withFiles({}, async ({ directory }) => {
      const lock = await takeLock(directory);
      assert.deepEqual([statSync(`${directory}/.brood`).mode & 0o777, statSync(lockIn(directory)).mode & 0o777], [0o700, 0o600]);
      lock.release();
      assert.ok(statSync(lockIn(directory)).isFile());
      assert.equal(readFileSync(`${directory}/.brood/.gitignore`, 'utf8'), '*\n');
    }));

  it('tells a second start who holds it, since when, and where it takes orders', () =>
    withFiles({}, ({ directory }) =>
      withTakers(directory, async (first, second) => {
        await first.take();
        const { message } = await second.take();
        assert.match(
          message ?? '',
          new RegExp(`already runs for ${directory} \\(pid ${first.process.pid}, since \\d{4}-\\d\\d-\\d\\dT.*Z, control socket /somewhere/control.sock\\)$`),
        );
      }),
    ));

  it('is not believed: neither a stale one, nor one with a pid that a stranger has now', () =>
    withFiles({}, async ({ directory, write }) => {
      // This very process lives, but did not start then.
      const stale = { pid: process.pid, started: '1', boot: bootId(), since: '2020-01-01T00:00:00.000Z' };
      write({ '.brood/lock': JSON.stringify(stale) });
      await withTakers(directory, async (first, second) => {
        assert.ok((await first.take()).taken);
        writeFileSync(lockIn(directory), JSON.stringify(stale));
        const { taken, message } = await second.take();
        assert.ok(!taken);
        assert.match(message ?? '', /by a process that cannot be seen from here/);
      });
    }));

  it('names nobody any more when its holder has let go, though that one may live on: the next has not written yet', () =>
    withFiles({}, async ({ directory }) => {
      const lock = await takeLock(directory);
      lock.note('/somewhere/control.sock');
      assert.match(readFileSync(lockIn(directory), 'utf8'), new RegExp(`"pid":${process.pid},`));
      lock.release();
      assert.equal(readFileSync(lockIn(directory), 'utf8'), '');
    }));

  it('does not follow a symbolic link, nor take a directory, a FIFO or a second name of another file', () =>
    withFiles({ victim: 'precious' }, async ({ directory, path, write }) => {
      const refused = (reason: RegExp): Promise<void> => assert.rejects(takeLock(directory), { code: 'BROOD_LOCK', message: reason });
      symlinkSync(directory, path('.brood'));
      await refused(/\.brood is a symbolic link$/);
      rmSync(path('.brood'));
      write({ '.brood': 'a file' });
      await refused(/\.brood is no directory$/);
      rmSync(path('.brood'));
      mkdirSync(path('.brood'), 0o700);
      symlinkSync(path('victim'), lockIn(directory));
      await refused(/lock is a symbolic link$/);
      rmSync(lockIn(directory));
      linkSync(path('victim'), lockIn(directory));
      await refused(/lock has another name/);
      rmSync(lockIn(directory));
      mkdirSync(lockIn(directory));
      await refused(/lock is a directory$/);
      rmSync(lockIn(directory), { recursive: true });
      await exited(spawn('mkfifo', [lockIn(directory)]));
      await refused(/lock is no regular file$/);
      assert.equal(readFileSync(path('victim'), 'utf8'), 'precious');
      rmSync(lockIn(directory));
      (await takeLock(directory)).release();
    }));

  it('is in a directory that nobody else may write to', () =>
    withFiles({}, async ({ directory, path }) => {
      await exited(spawn('mkdir', ['-m', '777', path('.brood')]));
      const lock = await takeLock(directory);
      assert.equal(statSync(path('.brood')).mode & 0o777, 0o700);
      lock.release();
    }));

  asRoot('of another user is refused, and so is a directory of theirs that all may write to', () =>
    withFiles({}, async ({ directory, path }) => {
      await exited(spawn('mkdir', ['-m', '777', path('.brood')]));
      await exited(spawn('chown', ['nobody', path('.brood')]));
      await assert.rejects(takeLock(directory), { code: 'BROOD_LOCK', message: /belongs to another user \(uid 65534\), and others may write to it/ });
      await exited(spawn('chmod', ['700', path('.brood')]));
      (await takeLock(directory)).release();
    }),
  );

  asRoot('does not exist on a read-only file system: an abstract socket takes its place', () =>
    withFiles({}, ({ directory }) =>
      withTakers(
        directory,
        async (_, second) => {
          assert.deepEqual(await second.take(), { taken: true, byFile: false });
        },
        ['unshare', '--mount', 'sh', '-c', `mount --bind '${directory}' '${directory}' && mount -o remount,ro,bind '${directory}' && exec "$0" "$@"`],
      ),
    ),
  );

  asRoot('holds where an abstract socket does not: in another network namespace, or when a stranger has taken its name', () =>
    withFiles({}, ({ directory }) =>
      withTakers(
        directory,
        async (first, second) => {
          const { dev, ino } = statSync(directory);
          const squatter = createServer().listen(`\0brood-lock-${process.getuid?.() ?? 0}-${dev}-${ino}`);
          assert.deepEqual(await first.take(), { taken: true, byFile: true });
          assert.equal((await second.take()).code, 'BROOD_ALREADY_RUNNING');
          squatter.close();
        },
        ['unshare', '--net'],
      ),
    ),
  );

  it('is inherited with its descriptor, by a master that follows another', () =>
    withFiles({}, ({ directory }) =>
      withTakers(directory, async first => {
        const lock = await takeLock(directory);
        assert.ok(lock.fd !== undefined);
        const heir = spawn('sleep', ['60'], { stdio: ['ignore', 'ignore', 'ignore', lock.fd] });
        lock.release();
        assert.equal((await first.take()).code, 'BROOD_ALREADY_RUNNING', 'the heir has it');
        heir.kill('SIGKILL');
        await exited(heir);
        assert.ok((await first.take()).taken);
      }),
    ));
});

/** CPU, priority, limits, user and umask of a child of any kind, by each provider. */
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, readFileSync, readlinkSync, realpathSync, writeFileSync } from 'node:fs';
import { allowedCpus } from '../../lib/child/native/allowed.ts';
import { formatCpus } from '../../lib/policy/cpus.ts';
import type { ProcessSpec } from '../../lib/model.ts';
import { withFiles } from '../helpers/files.ts';
import { cpuLists, environment, identity, limitOf, niceValues, ownCpus, umaskOf } from '../helpers/kernel.ts';
import { withEnvironment } from '../helpers/orders.ts';
import { until } from '../helpers/until.ts';
import { program, programSpec, run } from './program.ts';
import type { Kind, Ran } from './program.ts';

const CPUS = allowedCpus();
const [firstCpu = 0] = CPUS;
const lastCpu = CPUS.at(-1) ?? 0;
const NOBODY = { user: 'nobody', uid: 65_534 };

async function ended(ran: Ran): Promise<void> {
  // A thread goes at the first, its process at the second.
  ran.child.kill();
  ran.child.kill();
  await ran.first('exit');
}

/** A child that runs; a command says nothing. */
async function started(spec: ProcessSpec, how: Parameters<typeof run>[1] = {}): Promise<Ran> {
  const ran = run(spec, how);
  if (spec.ready === 'message') await ran.first(how.park === true ? 'booted' : 'ready');
  else
    await until(() => readlinkSync(`/proc/${ran.child.pid}/exe`) === realpathSync(process.execPath) && 'PATH' in environment(ran.child.pid), {
      what: 'the command to be Node.js',
    });
  return ran;
}

const is = <Value>(look: () => Value, wanted: Value): Promise<unknown> =>
  until(
    () => {
      assert.deepEqual(look(), wanted);
      return true;
    },
    { what: `${String(look)} to be ${JSON.stringify(wanted)}` },
  );

for (const provider of ['tools', 'koffi']) {
  describe(`a child, placed by ${provider}`, () => {
    const here = <Result>(use: () => Promise<Result>): Promise<Result> => withEnvironment({ BROOD_NATIVE: provider }, use);

    for (const kind of ['fork', 'worker', 'command'] as const) {
      it(`of the kind ${kind} has its CPU, nice value and limits, with all its threads`, () =>
        here(async () => {
          const ran = await started(programSpec(kind, 'ready', { affinity: [lastCpu], nice: 7, limits: { nofile: 321, core: 4096 } }));
          const { pid } = ran.child;
          await is(() => cpuLists(pid), [String(lastCpu)]);
          await is(() => niceValues(pid), [7]);
          await is(() => limitOf(pid, 'Max open files'), ['321', '321']);
          await is(() => limitOf(pid, 'Max core file size'), ['4096', '4096']);
          await ended(ran);
        }));
    }

    it('as a spare is bound when it gets its slot', () =>
      here(async () => {
        const ran = await started(programSpec('worker', 'ready', { affinity: 'auto' }), { slot: 0, park: true });
        assert.deepEqual(cpuLists(ran.child.pid), [ownCpus()]);
        ran.child.serve(1);
        await ran.first('ready');
        await is(() => cpuLists(ran.child.pid), [String(firstCpu)]);
        await ended(ran);
      }));

    it('as a host of threads has nice value and limits, and no CPU of its own', () =>
      here(async () => {
        const ran = await started(programSpec('thread', 'ready', { affinity: 'auto', nice: 3, limits: { nofile: 333 } }));
        const { pid } = ran.child;
        await is(() => limitOf(pid, 'Max open files'), ['333', '333']);
        await is(() => niceValues(pid), [3]);
        assert.deepEqual(cpuLists(pid), [ownCpus()]);
        await ended(ran);
      }));
  });
}

describe('a child', () => {
  it('gets no CPU that this process may not use', async () => {
    const ran = await started(programSpec('fork', 'ready', { affinity: [firstCpu, 1023] }), { slot: 2 });
    assert.deepEqual(cpuLists(ran.child.pid), [String(firstCpu)]);
    await ended(ran);
  });

  it('runs also where nobody can bind or limit it', () =>
    withEnvironment({ BROOD_NATIVE: 'none' }, async () => {
      const ran = await started(programSpec('worker', 'ready', { affinity: 'auto', nice: 2, limits: { nofile: 300 } }));
      assert.deepEqual(cpuLists(ran.child.pid), [formatCpus(CPUS)]);
      await is(() => niceValues(ran.child.pid), [2]);
      await ended(ran);
    }));

  it('has its umask, and this process keeps its own', async () => {
    const before = process.umask();
    const ran = await started(programSpec('command', 'ready', { umask: 0o27 }));
    assert.equal(umaskOf(ran.child.pid), '0027');
    assert.equal(process.umask(), before);
    await ended(ran);
  });

  it('of Node.js has a heap within its limit of memory, a command by NODE_OPTIONS', async () => {
    const limits = { memory: 400 * 1024 * 1024 };
    const fork = await started(programSpec('fork', 'ready', { limits }));
    const words = readFileSync(`/proc/${fork.child.pid}/cmdline`, 'utf8').split('\0');
    assert.ok(words.includes('--max-old-space-size=300'), words.join(' '));
    const command = await started(programSpec('command', 'ready', { limits, env: { NODE_OPTIONS: '--no-warnings' } }));
    assert.equal(environment(command.child.pid)['NODE_OPTIONS'], '--no-warnings --max-old-space-size=300');
    const own = await started(programSpec('command', 'ready', { limits, env: { NODE_OPTIONS: '--max-old-space-size=77' } }));
    assert.equal(environment(own.child.pid)['NODE_OPTIONS'], '--max-old-space-size=77');
    for (const ran of [fork, command, own]) await ended(ran);
  });

  it('is not told what systemd tells the master', async () => {
    const told = { NOTIFY_SOCKET: '@nowhere', WATCHDOG_USEC: '1000000', WATCHDOG_PID: '1', LISTEN_FDS: '1', LISTEN_PID: '1', LISTEN_FDNAMES: 'http' };
    await withEnvironment(told, async () => {
      for (const kind of ['fork', 'worker', 'command', 'thread'] as const) {
        const ran = await started(programSpec(kind, 'ready'));
        const has = environment(ran.child.pid);
        assert.deepEqual(
          Object.keys(told).filter(name => name in has),
          [],
          kind,
        );
        await ended(ran);
      }
    });
  });
});

// Only root may start one.
const asRoot = process.getuid?.() === 0 ? describe : () => {};
asRoot('a child of another user', () => {
  // The program is copied to where everybody may read it.
  const asNobody = (kind: Kind, use: (ran: Ran) => void | Promise<void>): Promise<void> =>
    withFiles({}, async ({ directory, path }) => {
      chmodSync(directory, 0o755);
      copyFileSync(program('ready'), path('ready.js'));
      writeFileSync(path('package.json'), '{ "type": "module" }');
      const spec = programSpec(kind, 'ready', { cwd: directory, user: NOBODY.user });
      const start =
        kind === 'command'
          ? ({ kind, line: `exec '${process.execPath}' ready.js` } as const)
          : ({ kind: kind === 'fork' ? 'fork' : 'worker', module: path('ready.js'), execArgv: [] } as const);
      const ran = await started({ ...spec, start });
      await use(ran);
      await ended(ran);
    });

  for (const provider of ['tools', 'none']) {
    for (const kind of ['fork', 'worker', 'command'] as const) {
      it(`of the kind ${kind} has its user, group and groups, and knows where it is at home (${provider})`, () =>
        withEnvironment({ BROOD_NATIVE: provider }, () =>
          asNobody(kind, ({ child: { pid } }) => {
            const { uids, gids, groups } = identity(pid);
            assert.deepEqual(
              uids,
              Array.from({ length: 4 }, () => NOBODY.uid),
            );
            assert.deepEqual(
              gids,
              Array.from({ length: 4 }, () => NOBODY.uid),
            );
            assert.ok(!groups.includes(0), String(groups));
            const { USER, LOGNAME, HOME } = environment(pid);
            assert.deepEqual([USER, LOGNAME], ['nobody', 'nobody']);
            assert.notEqual(HOME, process.env['HOME']);
          }),
        ));
    }
  }

  it('is followed by one of this user again', () =>
    asNobody('worker', async () => {
      const ran = await started(programSpec('worker', 'ready'));
      assert.equal(identity(ran.child.pid).uids[0], 0);
      await ended(ran);
    }));
});

/** Zombies are taken away by a master that is PID 1, or a subreaper, and by no other's expense. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Death, InstanceView } from '../../index.ts';
import { ORDERS } from '../helpers/orders.ts';
import { built, fixture } from '../helpers/paths.ts';
import { exited, lineOf, said, until } from '../helpers/until.ts';

interface Told {
  readonly reaped: number;
  readonly adopts: boolean;
  readonly warnings: readonly string[];
  readonly pid: number;
  readonly workers: readonly InstanceView[];
  readonly deaths: readonly Death[];
}

const ORPHANS = 100;
const IN_NAMESPACE = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];

interface Master {
  readonly process: ChildProcessByStdio<null, Readable, null>;
  readonly told: (matches: (told: Told) => boolean) => Promise<Told>;
  /** Its pid out here. */
  readonly pid: () => number;
}

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};
const link = (file: string): string => {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
};
const fieldsOf = (pid: number): readonly string[] => {
  const stat = read(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
};
const processes = (): readonly number[] => readdirSync('/proc').map(Number).filter(Number.isInteger);
const childrenOf = (parent: number): readonly number[] => processes().filter(pid => Number(fieldsOf(pid)[1]) === parent);
const zombies = (parent: number): readonly number[] => childrenOf(parent).filter(pid => fieldsOf(pid)[0] === 'Z');

async function withMaster(words: readonly string[], native: string, use: (master: Master) => Promise<void>): Promise<void> {
  const [file, ...args] = [...words, process.execPath, fixture('programs', 'reaps.js'), built, ORDERS, String(ORPHANS)] as const;
  const started = spawn(file, args, { env: { ...process.env, BROOD_NATIVE: native }, stdio: ['ignore', 'pipe', 'inherit'] });
  const inside = words.length > 0;
  const pid = (): number => (inside ? (childrenOf(started.pid ?? 0)[0] ?? 0) : (started.pid ?? 0));
  const told = (matches: (told: Told) => boolean): Promise<Told> =>
    until(
      () => {
        const lines = said(started.stdout).split('\n').filter(Boolean);
        // Proven by the program: it prints these.
        const last = JSON.parse(lines.at(-1) ?? 'null') as Told | null;
        return last !== null && matches(last) ? last : undefined;
      },
      { what: 'what the master tells', within: 30_000 },
    );
  try {
    await lineOf(started.stdout, /^\{/, { within: 30_000 });
    await use({ process: started, told, pid });
  } finally {
    // A namespace ends with its first process; out here the command would stay, which belongs to no supervisor.
    started.kill(inside ? 'SIGKILL' : 'SIGTERM');
    await exited(started);
  }
}

/** Every orphan has ended: nothing sleeps for a fifth of a second any more. */
const orphansGone = (master: Master): Promise<unknown> =>
  until(
    () => !processes().some(pid => read(`/proc/${pid}/cmdline`).includes('sleep 0.2') && link(`/proc/${pid}/ns/pid`) === link(`/proc/${master.pid()}/ns/pid`)),
  );

const asRoot = process.getuid?.() === 0 ? describe : (): void => {};

asRoot('a master as PID 1', () => {
  it('leaves no zombie of 100 orphans, sees the ends of its own children, and stops with SIGTERM', () =>
    withMaster(IN_NAMESPACE, 'tools,koffi', async master => {
      const { told } = master;
      const first = await told(({ reaped }) => reaped >= ORPHANS);
      assert.deepEqual([first.pid, first.adopts, first.warnings], [1, true, []]);
      await until(() => zombies(master.pid()).length === 0);

      const worker = childrenOf(master.pid()).find(pid => /brood orders: app\.1/.test(read(`/proc/${pid}/cmdline`)));
      assert.ok(worker);
      process.kill(worker, 'SIGKILL');
      const next = await told(({ deaths, workers }) => deaths.length > 0 && workers.filter(({ state }) => state === 'ready').length === 2);
      assert.deepEqual(
        next.deaths.map(({ type, signal }) => [type, signal]),
        [['app', 'SIGKILL']],
      );

      const inside = childrenOf(master.pid());
      process.kill(master.pid(), 'SIGTERM');
      assert.deepEqual(await exited(master.process, { within: 20_000 }), { code: 0, signal: null });
      assert.deepEqual(
        inside.filter(pid => link(`/proc/${pid}/exe`) !== ''),
        [],
      );
    }));

  it('without koffi says once what to do about the zombies that stay', () =>
    withMaster(IN_NAMESPACE, 'tools', async master => {
      const { warnings, adopts } = await master.told(() => true);
      assert.equal(adopts, false);
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? '', /is PID 1.*koffi.*docker run --init.*tini/);
      await orphansGone(master);
      assert.ok(zombies(master.pid()).length > 0, 'which is what it warns of');
    }));
});

describe('a master below PID 1', () => {
  it('with koffi is a subreaper: orphans come to it, and are taken away', () =>
    withMaster([], 'koffi', async master => {
      const told = await master.told(({ reaped }) => reaped >= ORPHANS);
      assert.deepEqual([told.adopts, told.warnings], [true, []]);
      await until(() => zombies(master.pid()).length === 0);
    }));

  it('without koffi leaves them to PID 1', () =>
    withMaster([], 'tools', async master => {
      const { adopts, warnings } = await master.told(() => true);
      assert.ok(!adopts && !warnings.some(warning => warning.includes('this master is PID 1')));
      await orphansGone(master);
      assert.deepEqual(zombies(master.pid()), []);
    }));
});

/** A master that was started as root runs as another user, with everything that it starts, and owns what it needs. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, linkSync, lstatSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { InstanceView } from '../../index.ts';
import { inEverybodysPlace } from '../helpers/everybody.ts';
import { withFiles, type Files } from '../helpers/files.ts';
import { environment, identity, umaskOf } from '../helpers/kernel.ts';
import { get, json } from '../helpers/orders.ts';
import { exited, lineOf, until } from '../helpers/until.ts';

const NOBODY = 65_534;

const APP = `
import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
export default app => {
  app.handle(async (request, response) => {
    if (request.url === '/write') writeFileSync(new URL('written-by-' + app.slot, import.meta.url), '');
    const uids = request.url === '/agent' ? await app.messenger.request('agent', 'uids') : [process.getuid(), process.getgid(), ...process.getgroups()];
    response.end(JSON.stringify({ uids }));
  });
};
`;
const AGENT = `
export default agent => agent.messenger.handle('uids', () => [process.getuid(), process.getgid(), ...process.getgroups()]);
`;

interface Told {
  readonly code?: string;
  readonly message?: string;
  readonly address: { readonly port: number; readonly host: string; readonly protocol: 'http' };
  readonly instances: readonly InstanceView[];
  readonly environment: Readonly<Record<string, string>>;
}

const started: ChildProcess[] = [];

/** Starts a master; resolves with what it tells. */
async function start(files: Files, drop: object, options: object = {}): Promise<{ readonly master: ChildProcess; readonly told: Told }> {
  const place = files.path('place');
  mkdirSync(place, { recursive: true });
  for (const directory of [files.directory, place]) chmodSync(directory, 0o755);
  const program = [process.execPath, join(place, 'fixtures/programs/drops-privileges.js'), join(place, 'dist')];
  const given = { baseDir: files.path('app'), workers: 1, port: 0, hostname: '127.0.0.1', drainTimeout: 1000, ...options };
  const [file, ...args] = [...inEverybodysPlace(place), ...program, JSON.stringify(given), JSON.stringify(drop)] as const;
  const master = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(master);
  const [line] = await lineOf(master.stdout, /^\{.*\}$/, { within: 20_000 });
  // Proven by the program: it prints these.
  return { master, told: JSON.parse(line) as Told };
}

/** A free port that only root may open, where there are such. */
const lowPort = (): Promise<number> =>
  until(
    () =>
      new Promise<number | undefined>(resolve => {
        const port = 600 + Math.floor(Math.random() * 400);
        const server = createServer();
        server.once('error', () => resolve(undefined));
        server.listen(port, '127.0.0.1', () => server.close(() => resolve(port)));
      }),
    { what: 'a free port below 1024' },
  );

/** Every master has ended before its directory goes. */
const withApp = (use: (files: Files) => Promise<void>): Promise<void> =>
  withFiles({ 'app/app.js': APP, 'app/agent.js': AGENT, 'app/package.json': '{ "type": "module" }' }, async files => {
    try {
      await use(files);
    } finally {
      for (const master of started.splice(0)) {
        if (master.exitCode === null) master.kill('SIGTERM');
        await exited(master, { within: 20_000 });
      }
    }
  });

const asRoot = process.getuid?.() === 0 ? describe : (): void => {};

asRoot('a master that drops its privileges', () => {
  it('is that user with agent and workers, in all that the kernel asks for, and cannot be root again', () =>
    withApp(async files => {
      const { master, told } = await start(files, { user: 'nobody', umask: 0o27 });
      assert.deepEqual(told.environment['USER'], 'nobody');
      for (const pid of [master.pid ?? 0, ...told.instances.map(instance => instance.pid)]) {
        const { uids, gids, groups } = identity(pid);
        assert.deepEqual(
          [...uids, ...gids],
          Array.from({ length: 8 }, () => NOBODY),
        );
        assert.deepEqual(groups, [NOBODY]);
        assert.equal(umaskOf(pid), '0027');
      }
      for (const { pid } of told.instances) assert.equal(environment(pid)['USER'], 'nobody');
    }));

  it('has bound its port before, and its processes reach each other after it', () =>
    withApp(async files => {
      const { told } = await start(files, { user: 'nobody', group: 'daemon' }, { port: 0 });
      const [group] = identity(told.instances[0]?.pid ?? 0).gids;
      const own = [NOBODY, group];
      const { uids } = await json(told, '/');
      assert.deepEqual((uids as number[]).slice(0, 2), own);
      assert.deepEqual(((await json(told, '/agent'))['uids'] as number[]).slice(0, 2), own, 'by mail');
      assert.notEqual(group, NOBODY);
    }));

  it('serves a port below 1024, which it has bound as root', () =>
    withApp(async files => {
      const port = await lowPort();
      const { told } = await start(files, { user: 'nobody' }, { port });
      assert.equal(told.address.port, port);
      assert.equal((await get(told)).status, 200);
      const worker = told.instances.find(({ type }) => type === 'app');
      assert.ok(worker);
      process.kill(worker.pid, 'SIGKILL');
      await until(async () => (await get(told)).status === 200, { what: 'the next worker, which gets the socket too' });
    }));

  it('owns its directory, the lock and what else is there, but nothing that a link leads to', () =>
    withApp(async files => {
      const ours = files.path('app/.brood');
      files.write({ precious: 'root', 'app/.brood/logs/old.log': 'old' });
      for (const directory of [ours, join(ours, 'logs')]) chmodSync(directory, 0o700);
      symlinkSync(files.path('precious'), join(ours, 'symbolic'));
      linkSync(files.path('precious'), join(ours, 'second-name'));
      const { master } = await start(files, { user: 'nobody', own: [ours, files.path('app/missing')] });
      const ownerOf = (path: string): number => lstatSync(path).uid;
      assert.deepEqual(Object.fromEntries(readdirSync(ours).map(name => [name, ownerOf(join(ours, name))])), {
        lock: NOBODY,
        logs: NOBODY,
        'second-name': 0,
        symbolic: 0,
      });
      assert.deepEqual([ours, join(ours, 'logs/old.log'), files.path('precious')].map(ownerOf), [NOBODY, NOBODY, 0]);
      assert.equal(statSync(ours).mode & 0o777, 0o700);
      master.kill('SIGTERM');
      assert.deepEqual(await exited(master), { code: 0, signal: null });
      // Root starts it once more, in a directory that is not root's any more.
      const again = await start(files, { user: 'nobody', own: [ours] });
      assert.equal(again.told.code, undefined, again.told.message);
      assert.equal(ownerOf(join(ours, 'lock')), NOBODY);
    }));

  it('makes files that belong to that user', () =>
    withApp(async files => {
      chownSync(files.path('app'), NOBODY, NOBODY);
      const { told } = await start(files, { user: 'nobody', umask: 0o77 });
      await get(told, '/write');
      const { uid, gid, mode } = statSync(files.path('app/written-by-1'));
      assert.deepEqual([uid, gid, mode & 0o777], [NOBODY, NOBODY, 0o600]);
    }));

  it('ends with an error when the user is unknown, or root', () =>
    withApp(async files => {
      assert.equal((await start(files, { user: 'no-such-user' })).told.code, 'BROOD_USER_UNKNOWN');
      assert.equal((await start(files, { user: 'nobody', group: 'no-such-group' })).told.code, 'BROOD_USER_UNKNOWN');
      assert.equal((await start(files, { group: 'daemon' })).told.code, 'BROOD_PRIVILEGES_KEPT');
      writeFileSync(files.path('note'), 'nothing was left behind');
    }));

  it('may not start a type as a third user afterwards, nor raise a priority', () =>
    withApp(async files => {
      const { told } = await start(files, { user: 'nobody' }, { nice: -1 });
      assert.deepEqual([told.code, /(app|agent) cannot have nice -1/.test(told.message ?? '')], ['BROOD_NICE_DENIED', true]);
    }));
});

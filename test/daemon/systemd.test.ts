/** What systemd is told, by each provider, and the sockets that it hands over. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import http from 'node:http';
import type { Address, InstanceView } from '../../index.ts';
import { Systemd } from '../../lib/daemon/systemd.ts';
import { withFiles } from '../helpers/files.ts';
import { environment } from '../helpers/kernel.ts';
import { brief, get, ORDERS, withEnvironment } from '../helpers/orders.ts';
import { built, fixture } from '../helpers/paths.ts';
import { freePort } from '../helpers/ports.ts';
import { exited, lineOf, said, until } from '../helpers/until.ts';

interface Datagram {
  readonly text: string;
  readonly pid: number;
}

const started: ChildProcess[] = [];
function start(file: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): ChildProcess {
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  return child;
}

afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode === null) child.kill('SIGKILL');
    await exited(child);
  }
});

/** What has come so far at `address`. */
async function receive(address: string): Promise<() => readonly Datagram[]> {
  const { stdout } = start('python3', [fixture('programs', 'receives-datagrams.py'), address]);
  await lineOf(stdout, /^"up"$/);
  assert.ok(stdout);
  return () =>
    said(stdout)
      .split('\n')
      .filter(line => line.startsWith('{'))
      // Proven by the program: it prints these.
      .map(line => JSON.parse(line) as Datagram);
}

const textsOf = (datagrams: readonly Datagram[]): readonly string[] => datagrams.map(({ text }) => text).filter(text => text !== 'WATCHDOG=1');

for (const provider of ['koffi', 'tools'] as const) {
  for (const kind of ['a path', 'an abstract name'] as const) {
    describe(`systemd at ${kind}, told by ${provider}`, () => {
      const here = (use: (address: string) => Promise<void>): Promise<void> =>
        withEnvironment({ BROOD_NATIVE: provider }, () =>
          withFiles({}, ({ path, directory }) => use(kind === 'a path' ? path('notify') : `@${directory.split('/').at(-1)}`)),
        );

      it('hears ready, status, reloading, another master and stopping, in this order', () =>
        here(async address => {
          const received = await receive(address);
          const systemd = new Systemd(assert.fail, { NOTIFY_SOCKET: address });
          const before = process.hrtime.bigint() / 1000n;
          void systemd.ready('4 of 4\nready');
          void systemd.status('busy');
          void systemd.reloading();
          void systemd.handOver(4711);
          await systemd.stopping();
          const texts = await until(() => (received().length === 5 ? textsOf(received()) : undefined), { what: 'five messages' });
          const [, since] = /^MONOTONIC_USEC=(\d+)$/m.exec(texts[2] ?? '') ?? [];
          assert.ok(BigInt(since ?? 0) >= before && BigInt(since ?? 0) <= process.hrtime.bigint() / 1000n, since);
          assert.deepEqual(
            texts.map(text => text.replace(/^MONOTONIC_USEC=\d+\n/m, '')),
            [
              `READY=1\nMAINPID=${process.pid}\nSTATUS=4 of 4 ready`,
              'STATUS=busy',
              'RELOADING=1\nSTATUS=reloading',
              'MAINPID=4711',
              'STOPPING=1\nSTATUS=stopping',
            ],
          );
          // Who is named as the sender is asked by NotifyAccess=main.
          if (provider === 'koffi') assert.ok(received().every(({ pid }) => pid === process.pid));
          await systemd.close();
        }));

      it('hears signs of life from ready on, until the end', () =>
        here(async address => {
          const received = await receive(address);
          const systemd = new Systemd(assert.fail, { NOTIFY_SOCKET: address, WATCHDOG_USEC: '100000', WATCHDOG_PID: String(process.pid) });
          await systemd.status('still starting');
          await until(() => received().length === 1);
          await systemd.ready('serves');
          await until(() => received().filter(({ text }) => text === 'WATCHDOG=1').length >= 5);
          await systemd.close();
          const { length } = received();
          await systemd.status('the end');
          await until(() => received().at(-1)?.text === 'STATUS=the end');
          assert.ok(received().length <= length + 3, 'what was on its way, and no more');
        }));
    });
  }
}

describe('systemd', () => {
  it('is told nothing where there is none, and what it says is for this process alone', async () => {
    const told = { NOTIFY_SOCKET: '@brood-nowhere', WATCHDOG_USEC: '1', WATCHDOG_PID: '1', LISTEN_FDS: '2', LISTEN_PID: '1', LISTEN_FDNAMES: 'a:b' };
    const left = { ...told, PATH: '/bin' };
    const systemd = new Systemd(assert.fail, left);
    assert.deepEqual(left, { PATH: '/bin' });
    assert.deepEqual(systemd.sockets, [], 'they were for pid 1');
    const nobody = new Systemd(assert.fail, {});
    assert.equal(nobody.listens, false);
    await nobody.ready('in vain');
    await Promise.all([systemd.close(), nobody.close()]);
  });

  it('that cannot be told is a warning, once, with the remedy; one that is deaf too', async () => {
    const warnings: string[] = [];
    await withEnvironment({ BROOD_NATIVE: 'none' }, async () => {
      const systemd = new Systemd(message => void warnings.push(message), { NOTIFY_SOCKET: '@brood-nowhere' });
      await systemd.ready('in vain');
      await systemd.stopping();
      await systemd.close();
    });
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /install systemd-notify \(package systemd\) or the package koffi/);
    const deaf = new Systemd(message => void warnings.push(message), { NOTIFY_SOCKET: '@brood-nowhere' });
    await deaf.ready('in vain');
    assert.equal(warnings.length, 2);
  });

  it('names the sockets that it hands over', () => {
    const systemd = new Systemd(assert.fail, { LISTEN_FDS: '3', LISTEN_PID: String(process.pid), LISTEN_FDNAMES: 'web:' });
    assert.deepEqual(systemd.sockets, [{ fd: 3, name: 'web' }, { fd: 4 }, { fd: 5 }]);
  });
});

interface Served {
  readonly address: Address;
  readonly instances: readonly InstanceView[];
}

const OPTIONS = { baseDir: ORDERS, ...brief, workers: 2 };

describe('a socket that was handed over', () => {
  const activate = (sockets: readonly string[], options: object = {}, env?: NodeJS.ProcessEnv): ChildProcess =>
    start(
      'python3',
      [
        fixture('programs', 'activates.py'),
        ...sockets,
        '--',
        process.execPath,
        fixture('programs', 'is-activated.js'),
        built,
        JSON.stringify({ ...OPTIONS, ...options }),
      ],
      env,
    );
  const opened = async ({ stdout }: ChildProcess): Promise<Record<string, string | number>> => {
    const [line] = await lineOf(stdout, /^\{.*\}$/);
    // Proven by the program: it prints these.
    return JSON.parse(line) as Record<string, string | number>;
  };
  const served = async ({ stdout }: ChildProcess): Promise<Served> => {
    const [line] = await lineOf(stdout, /^\{"(address|code)":.*\}$/, { within: 20_000 });
    // Proven by the program: it prints these.
    return JSON.parse(line) as Served;
  };

  it('is served from before the start on: what connects earlier waits, and nobody is refused while workers go and come', async () => {
    const master = activate(['web=tcp'], { port: 12_345 });
    const { web: port } = await opened(master);
    const address = { port: Number(port), host: '127.0.0.1', protocol: 'http' } as const;
    const early = get({ address }, '/');
    const { address: says, instances } = await served(master);
    assert.deepEqual(says, address, 'its own port, not the configured one');
    assert.equal((await early).status, 200);
    const answers = new Set<number>();
    for (const { pid } of instances.filter(({ type }) => type === 'app')) {
      process.kill(pid, 'SIGKILL');
      for (let number = 0; number < 5; number++) answers.add((await get({ address }, '/')).status);
    }
    assert.deepEqual([...answers], [200]);
    master.kill('SIGTERM');
    assert.deepEqual(await exited(master), { code: 0, signal: null });
  });

  it('is the one of the configured address or of the name web, and the others are there for who listens on them', () =>
    withFiles({ 'app.js': 'export default app => { app.handle((request, response) => response.end("main")); };' }, async ({ directory, path }) => {
      const master = activate(['other=tcp', 'web=tcp', `admin=${path('admin.sock')}`], { baseDir: directory });
      const ports = await opened(master);
      const { address } = await served(master);
      assert.deepEqual(address, { port: ports['other'], host: '127.0.0.1', protocol: 'http' }, 'no type web here: the first');
      master.kill('SIGTERM');
      await exited(master);
      const byPath = activate(['other=tcp', `admin=${path('main.sock')}`], { baseDir: directory, path: path('main.sock') });
      assert.deepEqual((await served(byPath)).address, { path: path('main.sock') });
      assert.equal((await get({ address: { path: path('main.sock') } })).text, 'main');
      byPath.kill('SIGTERM');
      await exited(byPath);
    }));

  it('is not in the hands of a child that does not serve it, nor in its environment', async () => {
    const master = activate(['web=tcp']);
    const { instances } = await served(master);
    const socketsOf = (pid: number): readonly string[] =>
      readdirSync(`/proc/${pid}/fd`).flatMap(fd => {
        const target = readlinkSync(`/proc/${pid}/fd/${fd}`);
        return target.startsWith('socket:') ? [target] : [];
      });
    const handed = readlinkSync(`/proc/${master.pid}/fd/3`);
    const agent = instances.find(({ type }) => type === 'agent')?.pid ?? 0;
    assert.ok(!socketsOf(agent).includes(handed));
    for (const { pid } of instances)
      assert.deepEqual(
        Object.keys(environment(pid)).filter(name => name.startsWith('LISTEN_')),
        [],
      );
    master.kill('SIGTERM');
    await exited(master);
  });

  it('that is none is refused', async () => {
    const { stdout } = activate(['web=udp']);
    const [line] = await lineOf(stdout, /^\{"code":.*\}$/);
    assert.match(line, /BROOD_INHERITED_SOCKET.*descriptor 3 cannot be served: it is no stream socket/);
  });

  it('by systemd-socket-activate is served, and systemd hears of the start, a reload and the end', () =>
    withFiles({}, async ({ path }) => {
      const received = await receive(path('notify'));
      const port = await freePort();
      const program = [process.execPath, fixture('programs', 'is-activated.js'), built, JSON.stringify(OPTIONS)];
      const words = ['--listen', `127.0.0.1:${port}`, '--fdname=web', `--setenv=NOTIFY_SOCKET=${path('notify')}`];
      const master = start('systemd-socket-activate', [...words, ...program]);
      const address = { port, host: '127.0.0.1', protocol: 'http' } as const;
      // It becomes the program with the first connection, which the program then answers.
      const first = await until(
        () =>
          new Promise<number | undefined>(resolve =>
            http
              .get({ ...address, path: '/', agent: false, protocol: 'http:' }, response => resolve(response.resume().statusCode))
              .once('error', () => resolve(undefined)),
          ),
      );
      assert.equal(first, 200);
      assert.deepEqual((await served(master)).address, address);
      master.kill('SIGHUP');
      await until(() => textsOf(received()).some(text => text.includes('serves again')));
      master.kill('SIGTERM');
      assert.deepEqual(await exited(master), { code: 0, signal: null });
      assert.deepEqual(
        textsOf(received()).map(text => text.split('\n')[0]),
        ['READY=1', 'RELOADING=1', 'READY=1', 'STOPPING=1'],
      );
    }));
});

/** A configuration file in a running application: read at the start and at each reload, written back by `scale --save`. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { brood, hello, withDaemon } from './running.ts';
import { withFiles } from '../helpers/files.ts';
import { freePort } from '../helpers/ports.ts';
import { portOpen } from '../helpers/until.ts';
import { connectRpc } from '../../lib/rpc/client.ts';

const YAML = `# How shop runs
name: my-shop   # for people
env:
  WORD: first
workers: 2 # a worker a core
`;
const started = { words: [] as readonly string[] };

describe('a configuration file', () => {
  it('says how an application runs; a reload reads it again, and prints what has changed', async () => {
    await withDaemon(
      hello({ 'brood.config.yaml': YAML }),
      async ({ brood: run, client, get, write }) => {
        assert.equal((await client.status()).app.name, 'my-shop');
        assert.match(await get(), /"word":"first".*"title":"brood: web\.\d my-shop/);

        write({ 'brood.config.yaml': YAML.replace('first', 'second').replace('workers: 2', 'workers: 3').replace('name: my-shop', 'drainTimeout: 5s') });
        const { code, err } = await run(['reload', '--canary-time', '0ms']);
        assert.equal(code, 0, err);
        assert.match(err, /~ env\.WORD changed/);
        assert.match(err, /~ workers changed/);
        assert.match(err, /\+ drainTimeout added/);
        assert.match(err, /- name removed/);
        assert.match(err, /Reloaded in .* web=2/);
        assert.match(await get(), /"word":"second"/);
      },
      started,
    );
  });

  it('that is invalid changes nothing: exit code 5, with the place of every mistake', async () => {
    await withDaemon(
      hello({ 'brood.config.yaml': YAML }),
      async ({ brood: run, client, get, write }) => {
        const before = (await client.status()).items.map(({ pid }) => pid);
        write({ 'brood.config.yaml': `${YAML}wokers: 4\nmaxAge: soon\n` });
        const { code, err } = await run(['reload']);
        assert.equal(code, 5, err);
        assert.match(err, /brood\.config\.yaml:6:1/);
        assert.match(err, /workers/);
        assert.match(err, /brood\.config\.yaml:7:\d+/);
        assert.deepEqual(
          (await client.status()).items.map(({ pid }) => pid),
          before,
        );
        assert.match(await get(), /"word":"first"/);
        // What only a new master can have is refused, too.
        write({ 'brood.config.yaml': `${YAML}ports: [9901]\n` });
        const fixed = await run(['reload']);
        assert.equal(fixed.code, 5, fixed.err);
        assert.match(fixed.err, /ports cannot change while the application runs/);
        write({ 'brood.config.yaml': `${YAML}rpc: { path: rpc.sock, control: true }\n` });
        assert.match((await run(['reload'])).err, /rpc cannot change while the application runs/);
      },
      started,
    );
  });

  it('gets the number of workers back from scale --save, and loses nothing else', async () => {
    await withDaemon(
      hello({ 'brood.config.yaml': YAML }),
      async ({ brood: run, path }) => {
        const { code, err } = await run(['scale', 'web+1', '--save']);
        assert.equal(code, 0, err);
        assert.match(err, /written to .*brood\.config\.yaml/);
        assert.equal(readFileSync(path('brood.config.yaml'), 'utf8'), YAML.replace('workers: 2', 'workers: 3'));
        const preview = await run(['reload', '--dry-run']);
        assert.match(preview.out, /^The files say the same as when they were read last\.\n[^]*= web +unchanged +3 instances/, preview.out);
      },
      { ...started, workers: [] },
    );
    await withDaemon(hello(), async ({ brood: run, client, path }) => {
      const { code, err } = await run(['scale', 'web=1', '--save']);
      assert.equal(code, 1, err);
      assert.match(err, /has no configuration file\nWrite a brood\.config\.yaml with this line: workers: 1/);
      assert.equal((await client.status()).types.find(({ type }) => type === 'web')?.wanted, 1);
      assert.ok(!existsSync(path('brood.config.yaml')));
    });
  });

  it('holds as a reload brings it, also when nobody waits for the end of that', async () => {
    const port = await freePort();
    await withDaemon(hello({ 'brood.config.yaml': 'workers: 1\n' }), async ({ client, write }) => {
      write({ 'brood.config.yaml': `workers: 1\nhealth: { port: ${port} }\n` });
      await assert.rejects(client.order('reload', { timeout: 1 }), { code: 'BROOD_TIMEOUT' });
      await portOpen(port);
    });
  });

  it('may be named, and may be a program', async () => {
    const config = `import { readFileSync } from 'node:fs';\nexport default ({ env, command }) => ({ workers: 1, port: 0, serverEnv: env, env: { WORD: env + ' ' + command } });\n`;
    await withFiles(hello({ 'brood.config.mjs': config }), async ({ directory }) => {
      const { code, err } = await brood(directory, ['start', '-d', 'brood.config.mjs', '--env', 'prod']);
      assert.equal(code, 0, err);
      const shown = await brood(directory, ['env', 'web.1', '--json']);
      assert.match(shown.out, /"WORD":"prod start"/);
      assert.equal((await brood(directory, ['stop'])).code, 0);
    });
  });
});

describe('a master that was started by root', () => {
  it('becomes another user when the configuration says so, with everything that belongs to it', async function () {
    if (process.getuid?.() !== 0) return;
    const config = 'daemon:\n  user: nobody\n  umask: "027"\n';
    await withDaemon(
      hello({ 'brood.config.yaml': config }),
      async ({ client, pid, directory, brood: run, get }) => {
        const { items } = await client.status();
        for (const one of [pid, ...items.map(item => item.pid)]) {
          const [, uid] = /^Uid:\t(\d+)\t\1\t\1\t\1$/m.exec(readFileSync(`/proc/${one}/status`, 'utf8')) ?? [];
          assert.ok(Number(uid) > 0, `${one}: ${uid}`);
        }
        assert.ok(statSync(`${directory}/.brood`).uid > 0);
        assert.match(readFileSync(`${directory}/.brood/master.pid`, 'utf8'), new RegExp(`^${pid}\n$`));
        // What it starts later belongs to that user, too.
        assert.equal((await run(['restart', 'web'])).code, 0);
        assert.match(await get(), /"pid":/);
      },
      { world: true },
    );
  });
});

describe('the control API by msgpack-rpc', () => {
  it('has the same commands, on a socket that only its owner can open', async () => {
    await withDaemon(hello({ 'brood.config.yaml': 'rpc:\n  path: rpc.sock\n  control: true\n' }), async ({ path, client }) => {
      assert.equal(statSync(path('rpc.sock')).mode & 0o777, 0o600);
      const rpc = await connectRpc({ path: path('rpc.sock') });
      try {
        const status = await rpc.call<{ kind: string }>('status');
        assert.equal(status.kind, 'Status');
        const changed = await rpc.call<{ formation: Record<string, number> }>('scale', [{ formation: ['web=1'] }]);
        assert.deepEqual(changed.formation, { agent: 1, web: 1 });
        assert.equal((await client.status()).items.filter(({ type }) => type === 'web').length, 1);
        assert.equal((await rpc.call<{ name: string }>('instances', [{ name: 'web.1' }])).name, 'web.1');
        await assert.rejects(Promise.resolve(rpc.call('scale', [{ formation: ['nosuch=1'] }])), /there is no "nosuch" here/);
      } finally {
        await rpc.close();
      }
    });
  });
});

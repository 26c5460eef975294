/** Egg's options and what is wrong with them, shown with the least framework in the form of egg. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster } from '../../index.ts';
import type { BroodError, Cluster } from '../../index.ts';
import { eggFrameworkOf } from '../../lib/cluster/egg/framework.ts';
import { assertGone } from '../helpers/left.ts';
import { event, withEnvironment } from '../helpers/orders.ts';
import { fixture } from '../helpers/paths.ts';

const FRAMEWORK = fixture('egg', 'minimal');

async function withApp(config: object | undefined, use: (baseDir: string) => Promise<void>): Promise<void> {
  const baseDir = mkdtempSync(join(tmpdir(), 'brood-egg-app-'));
  cpSync(fixture('egg', 'minimal-app'), baseDir, { recursive: true });
  if (config !== undefined) writeFileSync(join(baseDir, 'config.json'), JSON.stringify(config));
  try {
    await use(baseDir);
  } finally {
    rmSync(baseDir, { recursive: true, force: true });
  }
}

async function withEgg(options: Readonly<Record<string, unknown>>, use: (cluster: Cluster) => Promise<void>): Promise<void> {
  const cluster = await startCluster({ framework: FRAMEWORK, workers: 1, port: 0, signals: false, logger: false, ...options });
  const pids = cluster.instances().map(({ pid }) => pid);
  try {
    await use(cluster);
  } finally {
    await cluster.close();
    await assertGone(pids);
  }
}

async function refused(options: Readonly<Record<string, unknown>>, code: string, pattern: RegExp, exit: number): Promise<void> {
  const error: BroodError = await startCluster({ framework: FRAMEWORK, workers: 1, port: 0, signals: false, logger: false, ...options }).then(
    async cluster => {
      await cluster.close();
      throw new Error('it started');
    },
    (reason: BroodError) => reason,
  );
  assert.match(`${error.code} ${error.message} ${error.hint}`, pattern);
  assert.equal(error.code, code);
  assert.equal(error.exitCode, exit);
}

interface Seen {
  readonly pid: number;
  readonly options: Readonly<Record<string, unknown>>;
  readonly secure: boolean;
}

async function ask(request: http.ClientRequest): Promise<Seen> {
  const response = (await event(request, 'response')) as http.IncomingMessage;
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return JSON.parse(text) as Seen;
}

const portOf = ({ address }: Cluster): number => ('port' in address ? address.port : 0);

describe('options of Egg', () => {
  it('reach the application, those that nobody knows too; numbers may be text', async () => {
    await withApp(undefined, async baseDir => {
      await withEgg({ baseDir, workers: '2', port: '0', title: 'a-title', somethingElse: { deep: true }, plugins: { a: { enable: false } } }, async cluster => {
        assert.equal(cluster.instances().filter(({ type }) => type === 'app').length, 2);
        const { options } = await ask(http.get({ host: '127.0.0.1', port: portOf(cluster), agent: false }));
        const { title, somethingElse, plugins, framework, workers, clusterPort, port } = options;
        assert.deepEqual(
          { title, somethingElse, plugins, framework, workers },
          { title: 'a-title', somethingElse: { deep: true }, plugins: { a: { enable: false } }, framework: FRAMEWORK, workers: 2 },
        );
        assert.ok(typeof clusterPort === 'number' && clusterPort > 0);
        assert.equal(port, 0);
      });
    });
  });

  it('call back, as in Egg', async () => {
    await withApp(undefined, async baseDir => {
      const called: Cluster[] = [];
      const cluster = await startCluster({ baseDir, framework: FRAMEWORK, workers: 1, port: 0, signals: false, logger: false }, made => called.push(made));
      try {
        assert.deepEqual(called, [cluster]);
      } finally {
        await cluster.close();
      }
    });
  });

  it('are overruled by nothing: the port of the options wins over that of the config, host and path come from there', async () => {
    await withApp({ cluster: { listen: { port: 1, hostname: '127.0.0.1' } } }, async baseDir => {
      await withEgg({ baseDir }, async cluster => {
        assert.deepEqual({ ...cluster.address, port: 1 }, { port: 1, host: '127.0.0.1', protocol: 'http' });
        assert.notEqual(portOf(cluster), 1);
      });
    });
    await withApp(undefined, async baseDir => {
      const path = join(baseDir, 'socket');
      writeFileSync(join(baseDir, 'config.json'), JSON.stringify({ cluster: { listen: { path } } }));
      await withEgg({ baseDir, port: undefined }, async cluster => {
        assert.deepEqual(cluster.address, { path });
        assert.equal((await ask(http.get({ socketPath: path, agent: false }))).secure, false);
      });
    });
  });

  it('serve HTTPS, with a port for plain HTTP beside it', async () => {
    await withApp(undefined, async baseDir => {
      const files = { key: fixture('tls', 'key.pem'), cert: fixture('tls', 'cert.pem') };
      await withEgg({ baseDir, https: files, debugPort: 17_917 }, async cluster => {
        assert.ok('protocol' in cluster.address && cluster.address.protocol === 'https');
        const secure = https.get({ host: '127.0.0.1', port: portOf(cluster), rejectUnauthorized: false, agent: false });
        assert.equal((await ask(secure)).secure, true);
        assert.equal((await ask(http.get({ host: '127.0.0.1', port: 17_917, agent: false }))).secure, false);
      });
      await withEgg({ baseDir, https: true, ...files }, async cluster => {
        assert.ok('protocol' in cluster.address && cluster.address.protocol === 'https');
      });
    });
  });

  it('keep a client at one worker with sticky: true', async () => {
    await withApp(undefined, async baseDir => {
      await withEgg({ baseDir, workers: 3, sticky: true }, async cluster => {
        const answers = await Promise.all(Array.from({ length: 12 }, () => ask(http.get({ host: '127.0.0.1', port: portOf(cluster), agent: false }))));
        assert.equal(new Set(answers.map(({ pid }) => pid)).size, 1);
      });
      await refused({ baseDir, sticky: true, reusePort: true }, 'BROOD_STICKY_REUSE_PORT', /reuse-port/, 5);
    });
  });

  it('write the pid into a file whose directory is made', async () => {
    await withApp(undefined, async baseDir => {
      const pidFile = join(baseDir, 'run', 'deep', 'master.pid');
      await withEgg({ baseDir, pidFile }, async () => assert.equal(readFileSync(pidFile, 'utf8').trim(), String(process.pid)));
      assert.ok(!existsSync(pidFile));
    });
  });

  it('name what is wrong with the framework, and where it was looked for', async () => {
    await withApp(undefined, async baseDir => {
      await refused(
        { baseDir, framework: 'no-such-egg' },
        'BROOD_FRAMEWORK_MISSING',
        new RegExp(`no-such-egg.*looked at: ${join(baseDir, 'node_modules', 'no-such-egg')}`),
        5,
      );
      const framework = join(baseDir, 'framework');
      mkdirSync(framework);
      writeFileSync(join(framework, 'package.json'), JSON.stringify({ name: 'half', eggFramework: true }));
      writeFileSync(join(framework, 'index.js'), 'exports.Agent = class {};');
      await refused(
        { baseDir, framework, restart: { intensity: 0 } },
        'BROOD_START_FAILED',
        /does not export Application.*re-exports Application and Agent/,
        5,
      );
      rmSync(join(baseDir, 'package.json'));
      await refused({ baseDir }, 'BROOD_EGG_PACKAGE_MISSING', /package\.json/, 5);
    });
  });

  it('find a framework by a relative path without a dot, by its main file, and a package before a directory of its name', async () => {
    await withApp(undefined, async baseDir => {
      const make = (...names: readonly string[]): string => {
        const directory = join(baseDir, ...names);
        mkdirSync(directory, { recursive: true });
        writeFileSync(join(directory, 'package.json'), JSON.stringify({ name: 'house', version: '1.0.0', eggFramework: true }));
        writeFileSync(join(directory, 'index.js'), '');
        return directory;
      };
      const near = make('house');
      assert.equal(eggFrameworkOf('house', baseDir)?.directory, near);
      assert.equal(eggFrameworkOf('./house/index.js', baseDir)?.directory, near);
      const installed = make('node_modules', 'house');
      assert.equal(eggFrameworkOf('house', baseDir)?.directory, installed);
    });
  });

  it('refuse two copies of egg', async () => {
    await withApp(undefined, async baseDir => {
      const install = (directory: string, version: string): void => {
        mkdirSync(join(directory, 'node_modules', 'egg'), { recursive: true });
        writeFileSync(join(directory, 'node_modules', 'egg', 'package.json'), JSON.stringify({ name: 'egg', version }));
      };
      const framework = join(baseDir, 'framework');
      install(baseDir, '3.0.0');
      install(framework, '4.0.0');
      writeFileSync(join(framework, 'package.json'), JSON.stringify({ name: 'own', dependencies: { egg: '4' } }));
      writeFileSync(join(baseDir, 'package.json'), JSON.stringify({ name: 'app', dependencies: { egg: '3' } }));
      await refused({ baseDir, framework }, 'BROOD_FRAMEWORK_TWICE', /two copies of egg: own stands on .*framework.*npm ls egg/, 5);
      assert.equal(eggFrameworkOf(undefined, baseDir)?.major, 3);
    });
  });

  it('tell the error of an agent or an application that does not start, however it says so', async () => {
    await withApp(undefined, async baseDir => {
      for (const role of ['agent', 'app']) {
        for (const [variable, pattern] of [
          ['MINIMAL_THROWS', new RegExp(`no ${role} today`)],
          ['MINIMAL_FAILS', new RegExp(`the ${role} is not well`)],
          ['MINIMAL_HANGS', /not ready within config\.workerStartTimeout/],
        ] as const) {
          await withEnvironment({ [variable]: role }, () => refused({ baseDir, restart: { intensity: 0 } }, 'BROOD_START_FAILED', pattern, 4));
        }
      }
    });
  });
});

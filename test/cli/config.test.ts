/** check, config and import on the command line: what goes where, and the exit codes. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DEFAULTS } from '../../lib/formation/config/defaults.ts';
import { ATTENDED } from '../../lib/formation/from-procfile.ts';
import { withFiles } from '../helpers/files.ts';
import { root } from '../helpers/paths.ts';
import { started } from '../formation/started.ts';
import { BIN } from './running.ts';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function running(cwd: string, ...args: readonly string[]): Promise<Ended> {
  const { BROOD_ENV: _env, WEB_CONCURRENCY: _count, ...env } = process.env;
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise(resolve => child.on('close', code => resolve({ code, stdout, stderr })));
}
const brood = (cwd: string, ...args: readonly string[]): Promise<Ended> => running(cwd, BIN, ...args);

interface Document {
  readonly apiVersion: number;
  readonly kind: string;
  readonly items: readonly Readonly<Record<string, unknown>>[];
}
// Proven by the assertions on it.
const documentIn = ({ stdout }: Ended): Document => JSON.parse(stdout) as Document;

const FILES = { 'package.json': '{}', 'app.mjs': 'export default () => {};\n', 'brood.config.yaml': 'workers: 2\nport: 0\nenv: { TOKEN: hunter2 }\n' };

/** Says at the end which packages were read from the disk. */
const TRACE = `const fs = require('node:fs');
const found = new Set();
for (const name of ['readFileSync', 'openSync', 'statSync']) {
  const own = fs[name];
  fs[name] = (file, ...rest) => {
    const [, loaded] = /node_modules.(yaml|croner|jiti).dist/.exec(String(file)) ?? [];
    if (loaded) found.add(loaded);
    return own(file, ...rest);
  };
}
process.on('exit', () => {
  for (const file of Object.keys(require.cache)) {
    const [, loaded] = /node_modules.(yaml|croner|jiti)\\b/.exec(file) ?? [];
    if (loaded) found.add(loaded);
  }
  process.stderr.write('loaded ' + JSON.stringify([...found]) + '\\n');
});
`;

describe('brood check', () => {
  it('ends with 0 where it could start, and with 5, every mistake and its place where not', async () => {
    await withFiles(FILES, async ({ directory, write }) => {
      const good = await brood(directory, 'check');
      assert.deepEqual([good.code, good.stderr], [0, 'it could start\n']);
      assert.match(good.stdout, /^✔ config +brood\.config\.yaml\n/);
      write({ 'brood.config.yaml': 'wrokers: 2\nport: x\n' });
      const bad = await brood(directory, 'check');
      assert.equal(bad.code, 5);
      assert.match(
        bad.stdout,
        /brood\.config\.yaml:1:1: unknown key "wrokers"[^]*> 1 \| wrokers: 2\n[^]*\^[^]*Did you mean "workers"\?[^]*brood\.config\.yaml:2:7/,
      );
      const { apiVersion, kind, items } = documentIn(await brood(directory, 'check', '--json'));
      assert.deepEqual(
        [apiVersion, kind, items.map(({ code, line, column }) => [code, line, column])],
        [
          1,
          'Findings',
          [
            ['BROOD_CONFIG_KEY', 1, 1],
            ['BROOD_CONFIG_TYPE', 2, 7],
          ],
        ],
      );
    });
  });
});

describe('brood config', () => {
  it('shows values and where they come from; as JSON, one document', async () => {
    await withFiles(FILES, async ({ directory }) => {
      const { code, stdout, stderr } = await brood(directory, 'config');
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, /^KEY +VALUE +FROM\nworkers +2 +brood\.config\.yaml:1\n/);
      assert.match(stdout, /\nhostname +every address +default\n/);
      assert.match(stdout, /\nenv\.TOKEN +\(set\) +brood\.config\.yaml:3\n/);
      assert.doesNotMatch(stdout, /hunter2/);
      const { kind, items } = documentIn(await brood(directory, 'config', 'workers', '--json'));
      assert.deepEqual([kind, items.map(({ key, value, source, line }) => [key, value, source, line])], ['Configuration', [['workers', 2, 'file', 1]]]);
    });
  });

  it('ends with 2 for a key that there is not, with 5 for a file that is wrong', async () => {
    await withFiles(FILES, async ({ directory, write }) => {
      const unknown = await brood(directory, 'config', 'wrokers');
      assert.equal(unknown.code, 2);
      assert.match(unknown.stderr, /did you mean "workers"\?/);
      write({ 'brood.config.yaml': 'a: [\n' });
      assert.equal((await brood(directory, 'config')).code, 5);
    });
  });

  const keysOf = async (directory: string, ...words: readonly string[]): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> => {
    const { items } = documentIn(await brood(directory, 'config', '--json', ...words));
    return new Map(items.map(item => [String(item['key']), item]));
  };
  /** What the key says, and where that is from. */
  const of = (rows: Awaited<ReturnType<typeof keysOf>>, key: string): readonly unknown[] => {
    const { value, fallback, source, line } = rows.get(key) ?? {};
    return [value ?? fallback, source === 'file' ? line : source];
  };

  it('shows what is in force of a Procfile, with the ports of its .env file, and no value of a secret', async () => {
    const files = {
      Procfile: 'web: node server.js\nworker: DB_PASSWORD=hunter2 python3 jobs.py --queue=a redis://me:hunter2@db\nrelease: make x\n',
      '.env': 'LEVEL=info\nPORT=6000\nAPI_TOKEN=hunter2\n',
    };
    await withFiles(files, async ({ directory, write }) => {
      const rows = await keysOf(directory);
      assert.deepEqual(
        ['web.command', 'web.instances', 'web.port', 'web.entry.by', 'worker.port', 'worker.entry', 'web.drainTimeout', 'web.killTimeout'].map(key =>
          of(rows, `processes.${key}`),
        ),
        [
          ['node server.js', 1],
          [1, 'default'],
          [6000, 2],
          ['balancer', 'default'],
          [6100, 2],
          [false, 'default'],
          [5000, 'default'],
          [0, 'default'],
        ],
      );
      assert.deepEqual(of(rows, 'processes.worker.command'), ['DB_PASSWORD=******** python3 jobs.py --queue=a redis://********@db', 2]);
      assert.deepEqual(
        [of(rows, 'release.command'), of(rows, 'env.API_TOKEN')],
        [
          ['make x', 3],
          [undefined, 3],
        ],
      );
      // There are no app workers.
      assert.deepEqual([rows.has('workers'), rows.has('framework')], [false, false]);
      const { code, stdout, stderr } = await brood(directory, 'config');
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, /^KEY +VALUE +FROM\nname /);
      assert.match(stdout, /\nprocesses\.web\.port +6000 +\.env:2\n/);
      assert.match(stdout, /\nenv\.API_TOKEN +\(set\) +\.env:3\n/);
      assert.doesNotMatch(stdout, /hunter2/);
      assert.match((await brood(directory, 'config', 'processes.wbe')).stderr, /there is no key "processes\.wbe"/);
      write({ '.brood/state.json': '{"version":1,"quantities":{"worker":3},"stopped":{"web":1}}' });
      const decided = await keysOf(directory, 'processes');
      assert.deepEqual([of(decided, 'processes.worker.instances')[0], of(decided, 'processes.web.instances')[0]], [3, 0]);
      assert.match(String(decided.get('processes.web.instances')?.['file']), /\.brood\/state\.json$/);
    });
  });

  it('shows the cluster of a Procfile at the top, as a configuration file has it', async () => {
    await withFiles({ Procfile: 'web: brood start -w 3 -p $PORT\nworker: x\n', 'app.js': '' }, async ({ directory }) => {
      const rows = await keysOf(directory);
      assert.deepEqual(
        [of(rows, 'type'), of(rows, 'workers'), of(rows, 'port')],
        [
          ['web', 1],
          [3, 1],
          [5000, 1],
        ],
      );
      assert.deepEqual(
        [of(rows, 'processes.worker.port'), of(rows, 'hostname')],
        [
          [5100, 'default'],
          ['every address', 'default'],
        ],
      );
    });
  });

  it('shows what is in force of an app_desc.yaml, by environment', async () => {
    const text =
      'spec_version: 2\nmodule:\n  language: Go\n  env_variables: [{ key: LEVEL, value: info }, { key: ONLY, value: x, environment_name: prod }]\n' +
      '  processes: { web: { command: ./shop, replicas: 2 } }\n';
    await withFiles({ 'app_desc.yaml': text }, async ({ directory }) => {
      const rows = await keysOf(directory);
      assert.deepEqual(
        ['command', 'instances', 'port'].map(key => of(rows, `processes.web.${key}`)[0]),
        ['./shop', 2, 5000],
      );
      assert.ok(rows.has('processes.web.env.LEVEL'));
      assert.doesNotMatch(JSON.stringify([...rows]), /info/);
      const prod = await keysOf(directory, '-e', 'prod');
      assert.deepEqual([rows.has('processes.web.env.ONLY'), prod.has('processes.web.env.ONLY')], [false, true]);
      assert.deepEqual(
        [of(rows, 'environment'), of(rows, 'serverEnv'), of(prod, 'environment'), of(prod, 'serverEnv')],
        [
          ['stag', 'default'],
          ['local', 'default'],
          ['prod', 'flag'],
          ['prod', 'flag'],
        ],
      );
    });
  });

  it('says of a master that runs that it may have been started with flags', async () => {
    await started('a: sleep 1000\n', { words: ['-m', 'a=2', '--entry', 'none'] }, async ({ directory, says, child, ended }) => {
      await says(/2 processes ready/);
      const { code, stdout, stderr } = await brood(directory, 'config');
      assert.match(stdout, /\nprocesses\.a\.instances +1 +default\n/);
      assert.equal(code, 0);
      assert.match(stderr, /^this is what a start without flags would take; the master that runs here /);
      child.kill('SIGTERM');
      await ended();
    });
  });

  it('names for each value the one of two files that says it, and what starts a process again as a start takes it', async () => {
    const files = {
      'app_desc.yaml': 'spec_version: 2\nmodule:\n  language: Go\n  scripts: { pre_release_hook: x }\n  env_variables: [{ key: LEVEL, value: info }]\n',
      Procfile: '# a comment\nweb: ./shop\nrelease: y\n',
    };
    await withFiles(files, async ({ directory }) => {
      const rows = await keysOf(directory);
      const place = (key: string): readonly unknown[] => [path.basename(String(rows.get(key)?.['file'])), rows.get(key)?.['line']];
      assert.deepEqual(
        ['processes.web.command', 'processes.web.env.LEVEL', 'release.command'].map(key => place(key)),
        [
          ['Procfile', 2],
          ['app_desc.yaml', undefined],
          ['app_desc.yaml', undefined],
        ],
      );
      const { onExit, restart } = ATTENDED;
      assert.deepEqual(
        ['restart.when', 'onExit'].map(key => rows.get(`processes.web.${key}`)).map(one => [one?.['value'], one?.['fallback']]),
        [
          [DEFAULTS.restart.when, `${DEFAULTS.restart.when}; in the foreground ${restart.when}`],
          [DEFAULTS.onExit, `${DEFAULTS.onExit}; in the foreground ${onExit}`],
        ],
      );
    });
  });

  it('shows what an ecosystem file of pm2 says', async () => {
    await withFiles({ 'ecosystem.config.json': '{ "apps": [{ "name": "jobs", "script": "a.sh", "interpreter": "bash" }] }' }, async ({ directory }) => {
      const rows = await keysOf(directory, 'processes');
      assert.deepEqual([rows.get('processes.jobs.command')?.['value'], rows.get('processes.jobs.command')?.['source']], ['bash a.sh', 'file']);
    });
  });

  it('prints the schema for editors', async () => {
    assert.equal((await brood(root, 'config', '--schema')).stdout, readFileSync(path.join(root, 'config.schema.json'), 'utf8'));
  });
});

describe('brood import', () => {
  const ECOSYSTEM = "module.exports = {\n  apps: [{ name: 'api', script: './app.mjs', instances: 2, ignore_watch: [/x/], namespace: 'shop' }],\n};\n";

  it('writes a configuration that passes the check, and names what has no equal', async () => {
    await withFiles({ 'package.json': '{}', 'app.mjs': '', 'ecosystem.config.js': ECOSYSTEM }, async ({ directory, path: at }) => {
      const { code, stdout, stderr } = await brood(directory, 'import', 'pm2');
      assert.deepEqual([code, stdout], [0, '']);
      assert.match(stderr, /Without an equal:\n {2}api: ignore_watch — .*\n {2}api: namespace — /);
      assert.match(readFileSync(at('brood.config.yaml'), 'utf8'), /^type: api\nscript: app\.mjs\nworkers: 2$/m);
      assert.equal((await brood(directory, 'check')).code, 0);
      const again = await brood(directory, 'import', 'pm2');
      assert.equal(again.code, 1);
      assert.match(again.stderr, /exists already/);
      assert.equal((await brood(directory, 'import', 'pm2', '--force')).code, 0);
    });
  });

  it('shows it alone with -o -, and the word for each attribute as JSON', async () => {
    await withFiles({ 'pm2.json': '{\n  // one\n  "apps": [{ "script": "a.js" /* the app */, }],\n}\n' }, async ({ directory, path: at }) => {
      assert.match((await brood(directory, 'import', 'pm2', '-o', '-')).stdout, /^script: a\.js$/m);
      assert.ok(!existsSync(at('brood.config.yaml')));
      const { kind, items } = documentIn(await brood(directory, 'import', 'pm2', at('pm2.json'), '-o', '-', '--json'));
      assert.deepEqual([kind, items.map(({ key, outcome }) => [key, outcome])], ['Import', [['script', 'mapped']]]);
    });
  });

  it('reads compose files of docker, and files of process-compose', async () => {
    const files = { 'compose.yml': 'services: {jobs: {image: x, command: sleep 1}}\n', 'process-compose.yaml': 'processes: {jobs: {command: sleep 2}}\n' };
    await withFiles(files, async ({ directory }) => {
      for (const [source, command] of [
        ['compose', 'sleep 1'],
        ['process-compose', 'sleep 2'],
      ] as const)
        assert.match((await brood(directory, 'import', source, '-o', '-')).stdout, new RegExp(`^processes:\\n {2}jobs:\\n {4}command: ${command}$`, 'm'));
      const { items } = documentIn(await brood(directory, 'import', 'compose', '-o', '-', '--json'));
      assert.ok(items.some(({ app, key, outcome }) => app === 'jobs' && key === 'image' && outcome === 'unsupported'));
    });
  });

  it('ends with 2 where there is nothing to import, and says what can be', async () => {
    await withFiles({}, async ({ directory }) => {
      const missing = await brood(directory, 'import', 'pm2');
      assert.deepEqual([missing.code, /has no ecosystem file/.test(missing.stderr)], [2, true]);
      assert.match((await brood(directory, 'import', 'compose')).stderr, /has no compose file of docker/);
      const named = await brood(directory, 'import', 'pm2', 'nope.js');
      assert.deepEqual([named.code, /there is no .*nope\.js\n/.test(named.stderr)], [2, true], named.stderr);
      const unknown = await brood(directory, 'import', 'pm');
      assert.deepEqual([unknown.code, /did you mean "pm2"\?/.test(unknown.stderr)], [2, true]);
    });
  });
});

describe('the package for YAML', () => {
  it('is loaded by a command that reads YAML, and by no other', async () => {
    await withFiles({ 'trace.cjs': TRACE, 'brood.config.json': '{}' }, async ({ directory, path: at, write }) => {
      const packages = async (...args: readonly string[]): Promise<string> => (await running(directory, '--require', at('trace.cjs'), BIN, ...args)).stderr;
      assert.match(await packages('config', 'workers'), /^loaded \[\]$/m);
      assert.match(await packages('ps'), /^loaded \[\]$/m);
      write({ 'brood.config.json': '', 'other/brood.config.yaml': 'workers: 1\n' });
      assert.match(await packages('config', 'workers', '-C', at('other')), /^loaded \["yaml"\]$/m);
    });
  });
});

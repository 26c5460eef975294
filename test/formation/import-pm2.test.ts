/** pm2's ecosystem file as a configuration file of ours: what it says is right here, and nothing of it is passed over in silence. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import { CONFIG, configAgrees } from '../../lib/daemon/config-table.ts';
import { readYaml } from '../../lib/formation/config/read-yaml.ts';
import { validate } from '../../lib/formation/config/validate.ts';
import { importPm2 } from '../../lib/formation/import-pm2.ts';
import type { Imported } from '../../lib/formation/import-pm2.ts';
import { ATTRIBUTES, attributeOf } from '../../lib/formation/pm2-attributes.ts';
import { programOf, quoteWord } from '../../lib/formation/shell-words.ts';

const ORIGIN = { file: 'ecosystem.config.js', directory: '/srv/shop' };
const imported = (...apps: readonly Record<string, unknown>[]): Imported => importPm2({ apps }, ORIGIN);

/** What the text says, and that it is a configuration. */
function configOf({ text }: Imported): Record<string, unknown> {
  const { value, faults } = readYaml(text);
  assert.deepEqual(faults, [], text);
  const { problems } = validate(value, CONFIG, configAgrees);
  assert.deepEqual(problems, [], text);
  return value as Record<string, unknown>;
}

describe('an ecosystem file', () => {
  it('in cluster mode becomes app workers under their name', () => {
    const app = {
      name: 'api',
      script: './server.js',
      instances: 'max',
      exec_mode: 'cluster',
      max_memory_restart: '300M',
      node_args: '--max-old-space-size=256 --trace-warnings',
      kill_timeout: 3000,
      listen_timeout: 8000,
      cron_restart: '0 4 * * *',
      max_restarts: 5,
      exp_backoff_restart_delay: 200,
      port: 3000,
      env: { NODE_ENV: 'development', DEBUG: true },
    };
    assert.deepEqual(configOf(imported(app)), {
      type: 'api',
      script: 'server.js',
      workers: 'auto',
      execArgv: ['--max-old-space-size=256', '--trace-warnings'],
      startTimeout: 8000,
      drainTimeout: 3000,
      restart: { intensity: 5, backoff: 200 },
      maxMemory: '300mb',
      restartCron: '0 4 * * *',
      env: { PORT: 3000, NODE_ENV: 'development', DEBUG: true },
    });
  });

  it('has its other applications beside them, each with its own variables', () => {
    const config = configOf(
      imported(
        { name: 'mailer', script: 'mail.py', args: ['-q', "it's"], autorestart: false, env: { A: 1 }, cwd: '/srv/shop/mail', instances: 2, exec_mode: 'fork' },
        { name: 'api', script: 'server.js', instances: 4, env: { A: 1, PORT: 80 } },
        { name: 'jobs', script: 'npm run jobs', autostart: false, stop_exit_codes: [0] },
      ),
    );
    assert.deepEqual(config, {
      type: 'api',
      script: 'server.js',
      workers: 4,
      env: { A: 1, PORT: 80 },
      processes: {
        mailer: { command: String.raw`python mail.py -q 'it'\''s'`, instances: 2, cwd: 'mail', restart: { when: 'never' }, env: { PORT: null } },
        jobs: { command: 'npm run jobs', instances: 0, restart: { when: 'on-failure' }, env: { A: null, PORT: null } },
      },
    });
  });

  it('has PORT of one beside the app workers as its port, so that each instance has its own', () => {
    const { notes, ...rest } = imported(
      { script: 'server.js', instances: 2, env: { PORT: 80 } },
      { name: 'api', script: 'api.py', instances: 2, exec_mode: 'fork', env: { PORT: '3000', A: 1 }, increment_var: 'PORT', instance_var: 'N' },
    );
    assert.deepEqual(configOf({ notes, ...rest })['processes'], { api: { command: 'python api.py', port: 3000, instances: 2, env: { A: 1 } } });
    assert.deepEqual(
      notes.filter(({ key }) => key.endsWith('_var')).map(({ key, outcome }) => `${key} ${outcome}`),
      ['increment_var mapped', 'instance_var changed'],
    );
  });

  it('has programs of PATH as such, words in quotes as one, and tells of what is no variable', () => {
    const result = imported(
      { name: 'app', script: 'npm', args: `run start -- --title "a b" --x="c d" it's` },
      { name: 'www', script: './bin/www', env: { A: 1, O: { x: 1 }, N: null } },
      { name: 'pages', script: 'serve', env_file: '.env' },
      { name: 'own', script: 'tool', interpreter: 'none' },
    );
    const { processes } = configOf(result) as { readonly processes: Readonly<Record<string, { readonly command: string }>> };
    assert.deepEqual(
      Object.values(processes).map(({ command }) => command),
      [String.raw`npm run start -- --title 'a b' '--x="c d"' 'it'\''s'`, 'node ./bin/www', 'serve', 'tool'],
    );
    assert.deepEqual(
      result.notes
        .filter(({ key, outcome }) => /^(?:script|env)/.test(key) && outcome !== 'mapped')
        .map(({ app, key, outcome }) => `${app}: ${key} ${outcome}`),
      ['app: script changed', 'www: env changed', 'pages: env_file unsupported', 'pages: script unsupported'],
    );
    assert.ok(result.notes.some(({ note }) => note.endsWith(': O, N')));
  });

  it('that says of none that it serves a port has process types alone, and a word about it', () => {
    const result = imported({ name: 'web', script: 'a.js' }, { name: 'all', script: 'b.js', interpreter: '/opt/node/bin/node', node_args: ['--a'] });
    assert.deepEqual(configOf(result), { processes: { 'web-2': { command: 'node a.js' }, 'app-all': { command: '/opt/node/bin/node --a b.js' } } });
    assert.match(result.text, /^# None of these applications says that it serves a port/m);
  });

  it('with variables for environments keeps them as comments, and says what to do with them', () => {
    const result = imported({ script: 'a.js', env_production: { NODE_ENV: 'production', SECRET: 'a: b' } });
    assert.match(result.text, /^# env_production of a:\n# {3}NODE_ENV: production\n# {3}SECRET: "a: b"$/m);
    assert.deepEqual(
      result.notes.filter(({ key }) => key === 'env_production').map(({ outcome }) => outcome),
      ['changed'],
    );
  });

  it('names what the applications have in common for the master', () => {
    const config = configOf(imported({ script: 'a.js', user: 'www', gid: 33, out_file: '/var/log/shop/a.log', error_file: '/var/log/shop/a.err' }));
    assert.deepEqual(config['daemon'], { user: 'www', group: 33, logs: { dir: '/var/log/shop' } });
  });

  it('may be a list, one application, or have other names and camel case', () => {
    assert.deepEqual(configOf(importPm2([{ exec: 'a.js', maxMemoryRestart: '1G', nodeArgs: '--b' }], ORIGIN)), {
      type: 'a',
      script: 'a.js',
      workers: 1,
      execArgv: ['--b'],
      maxMemory: '1gb',
    });
    assert.deepEqual(configOf(importPm2({ script: 'a.js' }, ORIGIN)), { type: 'a', script: 'a.js', workers: 1 });
  });

  it('without an application is an error', () => {
    for (const nothing of [undefined, {}, { apps: [] }, [], 3, { apps: 'x' }]) assert.throws(() => importPm2(nothing, ORIGIN), { code: 'BROOD_IMPORT_EMPTY' });
  });

  it('has a word for each of the 65 attributes, with its reason where it is not the same', () => {
    assert.equal(Object.keys(ATTRIBUTES).length + 1, 65, 'env_* is the 65th');
    const app = { ...Object.fromEntries(Object.keys(ATTRIBUTES).map(key => [key, key === 'env' ? { A: 1 } : '1'])), env_test: {} };
    for (const apps of [[app], [{ name: 'api', script: 's.js', instances: 2 }, app]]) {
      const { notes } = importPm2({ apps, deploy: {} }, ORIGIN);
      const told = new Set(notes.filter(({ app: name }) => name === '1').map(({ key }) => attributeOf(key) ?? key));
      assert.deepEqual(
        [...Object.keys(ATTRIBUTES), 'env_test'].filter(key => !told.has(key)),
        [],
      );
      assert.ok(notes.every(({ note }) => note !== ''));
      assert.ok(notes.some(({ key, outcome }) => key === 'deploy' && outcome === 'unsupported'));
      assert.ok(!notes.some(({ note }) => note === 'there is no equal'));
    }
  });

  it('names what pm2 does not know either, and what was meant', () => {
    assert.match(imported({ script: 'a.js', instnaces: 4 }).notes[0]?.note ?? '', /ignores it; was instances meant\?/);
  });

  it('always becomes a configuration that passes, and no key is passed over', () => {
    const value = fc.oneof(
      fc.constantFrom<unknown>(
        'max',
        0,
        -1,
        4,
        '2',
        '300M',
        '100K',
        '10s',
        true,
        false,
        'true',
        '/usr/bin/node',
        'python3',
        'none',
        '0 4 * * *',
        '0',
        '* * *',
        'cluster',
        'fork',
        'a b',
        "it's",
        '-x --y',
        '',
      ),
      fc.constantFrom<unknown>(
        ['-a', 'b c'],
        [],
        { A: 1, PORT: '80', 'B C': 2 },
        { __proto__: null, constructor: 'x' },
        './a.js',
        'b.py',
        'bin/c',
        '/opt/d.sh',
        'npm start',
        'web',
        'all',
        '7up',
        'ümlaut',
      ),
      fc.jsonValue({ maxDepth: 1 }),
    );
    const key = fc.constantFrom(...Object.keys(ATTRIBUTES), 'env_prod', 'interpreter', 'cron', 'user', 'unheardOf');
    const app = fc.dictionary(key, value, { maxKeys: 12 });
    fc.assert(
      fc.property(fc.array(app, { minLength: 1, maxLength: 3 }), apps => {
        const result = importPm2({ apps }, ORIGIN);
        configOf(result);
        const given = apps.reduce(
          (sum, one) => sum + new Set(Object.entries(one).flatMap(([name, inner]) => (inner === null ? [] : [attributeOf(name) ?? name]))).size,
          0,
        );
        assert.equal(new Set(result.notes).size, result.notes.length);
        assert.ok(result.notes.length >= given, `${result.notes.length} of ${given}`);
      }),
      { numRuns: 2000 },
    );
    assert.equal(Reflect.get({}, 'polluted'), undefined);
  });
});

describe('a word of the shell', () => {
  it('is quoted so that the shell reads it back', () => {
    fc.assert(
      fc.property(fc.string(), word => {
        fc.pre(!word.includes('\0'));
        const { stdout } = spawnSync('/bin/sh', ['-c', `printf %s ${quoteWord(word)}`], { encoding: 'utf8' });
        assert.equal(stdout, word);
      }),
      { numRuns: 30 },
    );
  });

  const lines: readonly (readonly [string, string | undefined])[] = [
    ['node worker.js', 'node'],
    ['NODE_ENV=production A="b c" node x', 'node'],
    ['exec ./bin/run --x', './bin/run'],
    ["'/opt/my app/run' x", '/opt/my app/run'],
    ['cd sub && node x', undefined],
    ['$RUNNER x', undefined],
    ['"$DIR/run" x', undefined],
    ['(node x)', undefined],
    ['node', 'node'],
    ['node;ls', 'node'],
    ['if true; then x; fi', undefined],
  ];
  for (const [line, program] of lines) it(`${line}: ${program ?? 'only the shell knows'}`, () => assert.equal(programOf(line), program));
});

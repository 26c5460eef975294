/** What is looked at before a start, and what is in effect. */
import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import net from 'node:net';
import { once } from 'node:events';
import { checkApplication } from '../../lib/daemon/check.ts';
import type { CheckFinding } from '../../lib/daemon/check.ts';
import { readConfig } from '../../lib/daemon/config-file.ts';
import { below, effectiveConfig } from '../../lib/daemon/effective.ts';
import type { EffectiveValue } from '../../lib/daemon/effective.ts';
import { withFiles } from '../helpers/files.ts';
import { freePort } from '../helpers/ports.ts';

const CONTEXT = { env: 'prod', command: 'check' };
const HOOKS = { 'app.mjs': 'export default () => {};\n' };

const checking = (files: Readonly<Record<string, string>>, more: (directory: string) => void = () => {}): Promise<readonly CheckFinding[]> =>
  withFiles({ 'package.json': '{}', ...files }, ({ directory }) => {
    more(directory);
    return checkApplication({ options: { baseDir: directory, env: 'prod' }, command: 'check' });
  });

/** `error worker: …` */
const told = (findings: readonly CheckFinding[], level: CheckFinding['level'] = 'error'): readonly string[] =>
  findings.filter(finding => finding.level === level).map(({ check, text }) => `${check}: ${text}`);

describe('the check before a start', () => {
  it('finds nothing to mend in what could start', async () => {
    const port = await freePort();
    const findings = await checking(
      {
        ...HOOKS,
        'brood.config.yaml': `port: ${port}\nprocesses:\n  worker: { command: FOO=1 exec node w.js }\n  py: { module: w.py, interpreter: ./run, cwd: sub }\n`,
        'sub/w.py': '',
        'sub/run': '#!/bin/sh\n',
      },
      directory => chmodSync(`${directory}/sub/run`, 0o755),
    );
    assert.deepEqual([told(findings), told(findings, 'warning')], [[], []]);
    assert.ok(told(findings, 'ok').includes(`port: port ${port} is free`));
  });

  it('masks what commands and lines of the file say of secrets', async () => {
    const processes = 'processes:\n  a: { command: TOKEN=hunter2 node a }\n';
    const [good, bad] = await Promise.all([
      checking({ ...HOOKS, 'brood.config.yaml': processes }),
      checking({ 'brood.config.yaml': `API_KEY: hunter2\nhttps: { key: a, cert: b, passphrase: 31337 }\n${processes}` }),
    ]);
    assert.ok(told(good, 'ok').includes('a: TOKEN=******** node a'));
    assert.match(bad[0]?.frame ?? '', /> 1 \| API_KEY: \*+/);
    assert.ok(told(bad).some(text => text.endsWith('"https.passphrase" must be a string, got a number')));
    assert.doesNotMatch(JSON.stringify([good, bad]), /hunter2|31337/);
  });

  it('tells each mistake of the configuration with its place, and looks no further', async () => {
    const findings = await checking({ 'brood.config.yaml': 'wrokers: 1\nport: x\n' });
    assert.deepEqual(
      findings.map(({ check, code, line, column, remedy }) => [check, code, line, column, remedy?.slice(0, 23)]),
      [
        ['config', 'BROOD_CONFIG_KEY', 1, 1, 'Did you mean "workers"?'],
        ['config', 'BROOD_CONFIG_TYPE', 2, 7, 'Correct it, or leave it'],
      ],
    );
    assert.match(findings[0]?.frame ?? '', /> 1 \| wrokers/);
  });

  it('looks for every file and program that is named', async () => {
    const findings = await checking(
      {
        ...HOOKS,
        'brood.config.yaml': [
          'https: { key: key.pem, cert: cert.pem }',
          'processes:',
          '  a: { command: no-such-program --x }',
          '  b: { module: missing.js }',
          '  c: { command: ./run.sh }',
          '  d: { command: node x, cwd: nowhere }',
          '  e: { module: app.mjs, interpreter: no-such-interpreter }',
          '  f: { command: tool --fast }',
          '  g: { command: cd x && $RUN }',
          '',
        ].join('\n'),
        'run.sh': '',
        'node_modules/.bin/tool': '',
      },
      directory => chmodSync(`${directory}/node_modules/.bin/tool`, 0o755),
    );
    const errors = told(findings);
    assert.equal(errors.length, 7, errors.join('\n'));
    for (const [index, pattern] of [
      /application: option "https\.key"/,
      /a: no-such-program is in no directory of PATH/,
      /b: its module .*missing\.js is not there/,
      /c: \.\/run\.sh is no program/,
      /d: its directory .*nowhere/,
      /e: no-such-interpreter/,
      /f: tool is in no directory/,
    ].entries())
      assert.match(errors[index] ?? '', pattern);
    assert.match(findings.find(({ check }) => check === 'f')?.remedy ?? '', /npx tool/);
  });

  it('says who has the port, and which servers want the same', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    try {
      const findings = await checking({
        ...HOOKS,
        'brood.config.yaml': `port: ${address.port}\nhostname: 127.0.0.1\nmetrics: { port: 19999 }\nhealth: { port: 19999 }\nrpc: { tcp: '127.0.0.1:${address.port}' }\n`,
      });
      assert.deepEqual(
        told(findings).map(line => line.replaceAll(/\d{4,}.*/g, 'N')),
        ['port: port N', 'health: port N', 'rpc: port N'],
      );
      assert.match(told(findings)[0] ?? '', new RegExp(`is taken.*${process.pid}`));
    } finally {
      server.close();
    }
  });

  it('accepts process types alone, and nothing at all', async () => {
    assert.deepEqual(told(await checking({ 'brood.config.json': '{"processes": {"worker": {"command": "node w.js"}}}' })), []);
    assert.match(told(await checking({}))[0] ?? '', /application: no hooks in/);
  });

  it('warns of names that differ by capitals, and of scripts that stop the applications of others', async () => {
    const findings = await checking({
      ...HOOKS,
      'package.json': '{"scripts": {"stop": "eggctl stop"}}',
      'brood.config.yaml': 'port: 0\nprocesses: { Mail: { command: node a }, mail: { command: node b } }\n',
    });
    assert.deepEqual(told(findings, 'warning'), [
      'names: Mail and mail differ by capitals alone',
      'package.json: "stop" stops every Egg application of this machine',
    ]);
  });
});

const find = (values: readonly EffectiveValue[], key: string): EffectiveValue | undefined => values.find(one => one.key === key);

describe('the configuration in effect', () => {
  it('says of each value where it comes from, and shows no secret', async () => {
    const text =
      'workers: 3\nhttps: { key: a.pem, cert: b.pem, passphrase: hunter2 }\nenv: { DATABASE_URL: "postgres://a:hunter2@b" }\nenvFile: .env\nconfig: { redis: { password: hunter2, host: r } }\nprocesses:\n  w:\n    command: node w --token hunter3\n';
    await withFiles({ 'brood.config.yaml': text, '.env': 'TOKEN=hunter2\n' }, async ({ path }) => {
      const values = effectiveConfig(await readConfig(path('brood.config.yaml'), CONTEXT), { BROOD_ENV: 'test' });
      assert.deepEqual(find(values, 'workers'), { key: 'workers', value: 3, source: 'file', file: path('brood.config.yaml'), line: 1, column: 1 });
      assert.deepEqual(find(values, 'env.TOKEN'), { key: 'env.TOKEN', source: 'file', file: path('.env'), line: 1 });
      assert.deepEqual(find(values, 'serverEnv'), { key: 'serverEnv', value: 'test', source: 'environment', variable: 'BROOD_ENV' });
      assert.deepEqual(find(values, 'canaryTime'), { key: 'canaryTime', source: 'default', fallback: '3000' });
      assert.deepEqual(find(values, 'daemon.logs.maxFiles'), { key: 'daemon.logs.maxFiles', source: 'default', fallback: '10' });
      assert.equal(find(values, 'metrics'), undefined);
      assert.doesNotMatch(JSON.stringify(values), /hunter2/);
      assert.deepEqual(
        below(values, 'processes.w')
          .map(({ key }) => key)
          .slice(0, 2),
        ['processes.w.command', 'processes.w.module'],
      );
    });
  });

  it('without a file is all defaults, and what the environment says', () => {
    const values = effectiveConfig(undefined, { WEB_CONCURRENCY: '1', NODE_ENV: 'production' });
    assert.deepEqual(find(values, 'workers'), { key: 'workers', value: 1, source: 'environment', variable: 'WEB_CONCURRENCY' });
    assert.deepEqual(find(values, 'serverEnv'), { key: 'serverEnv', value: 'prod', source: 'environment', variable: 'NODE_ENV' });
    assert.ok(values.every(({ source }) => source !== 'file'));
    assert.equal(new Set(values.map(({ key }) => key)).size, values.length);
  });
});

/** What a configuration says of a process type becomes its spec. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import type { SettledProcess } from '../../lib/formation/config/settled.ts';
import { execLine } from '../../lib/formation/shell-words.ts';
import { portsOf, processesPart, quantitiesOf, specOfType, type Household } from '../../lib/formation/specs.ts';
import type { Boot } from '../../lib/protocol.ts';

const HOUSEHOLD: Household = {
  baseDir: '/srv/shop',
  env: 'prod',
  title: 'brood: {name} shop',
  require: [],
  variables: { A: 'top', B: 'top' },
  flags: ['--own-flag'],
  hangTimeout: 9000,
  hangWarn: 1000,
  observe: true,
  unhandledRejection: 'leave',
  cores: 4,
  mail: { prefix: '\0x', secret: 's', queueLimit: 1 },
  mode: 'held',
};
const spec = (config: SettledProcess, quantity = 1) => specOfType('it', config, HOUSEHOLD, quantity);
const bootOf = (config: SettledProcess): Partial<Boot> => spec(config).boot ?? {};

describe('the spec of a process type', () => {
  it('of a command is its line, in a directory, with the variables of all and its own', () => {
    const { start, env, cwd, ready, stop, boot, mail } = spec({ command: 'echo $HOME | cat', cwd: 'tools', env: { B: 'own', C: null } });
    assert.deepEqual(start, { kind: 'command', line: 'echo $HOME | cat' });
    assert.deepEqual(
      { env, cwd, ready, boot, mail },
      { env: { A: 'top', B: 'own', C: undefined }, cwd: '/srv/shop/tools', ready: 'spawn', boot: undefined, mail: 'none' },
    );
    assert.deepEqual(stop, { drainTimeout: 5000, killTimeout: 5000 });
  });

  it('of a module for another interpreter is a line that means exactly its words', () => {
    const { start } = spec({ module: 'my app.py', interpreter: 'python3', args: ['-v', "it's", '$HOME'] });
    assert.deepEqual(start, { kind: 'command', line: "exec python3 '/srv/shop/my app.py' -v 'it'\\''s' '$HOME'" });
  });

  it('of a command with a port has that of its slot, and never two at once on one', () => {
    const { start, exclusive, env } = spec({ command: 'x', port: 9000 });
    assert.deepEqual([start, exclusive, env['PORT']], [{ kind: 'command', line: 'x', port: 9000 }, true, undefined]);
  });

  it('of a module is a worker that runs the file unchanged, on the port that all its instances share', () => {
    const { start, env, ready, hangPipe } = spec({ module: 'server.js', port: 9000, args: ['a'] });
    assert.ok(start.kind === 'worker');
    assert.deepEqual(
      [start.module, start.args, start.execArgv.slice(0, 2), env['PORT'], ready, hangPipe],
      ['/srv/shop/server.js', ['a'], ['--own-flag', '--import'], '9000', 'message', true],
    );
    assert.equal(bootOf({ module: 'server.js', ready: 'spawn' }).scriptReady, 'spawn');
    assert.equal(bootOf({ module: 'server.js' }).script, '/srv/shop/server.js');
  });

  it('of a job is a fork of our own entry, which gets the module and its limits', () => {
    const config: SettledProcess = { module: 'mailer.js', kind: 'job', job: { concurrency: 3 }, maxRequests: 100, jitter: 0.2 };
    const { start, mail } = spec(config);
    assert.ok(start.kind === 'fork' && start.module.endsWith('entries/job.cjs'));
    assert.equal(mail, 'companion');
    assert.deepEqual(bootOf(config).job, {
      module: '/srv/shop/mailer.js',
      concurrency: 3,
      interval: 100,
      maxInterval: 5000,
      errorLimit: 0,
      maxRequests: 100,
      jitter: 0.2,
    });
    const limits = { maxOldGenerationSizeMb: 64 };
    assert.deepEqual(bootOf({ module: 'm.js', kind: 'threads', resourceLimits: limits, hangKill: 500 }).job?.threads, { count: 4, hangTimeout: 500, limits });
    assert.equal(bootOf({ module: 'm.js', kind: 'threads', threads: 7 }).job?.threads?.count, 7);
  });

  it('runs on another Node.js, without the flags of this one', () => {
    const { start } = spec({ module: 'a.js', kind: 'job', execPath: process.execPath });
    assert.ok(start.kind === 'fork');
    assert.deepEqual([start.execPath, start.execArgv], [process.execPath, []]);
    assert.throws(() => spec({ module: 'a.js', execPath: './no-node' }), { code: 'BROOD_EXEC_PATH' });
  });

  it('is frozen, and takes what the configuration says over what is usual', () => {
    const made = spec(
      { module: 'a.js', startTimeout: 1, drainTimeout: 2, killTimeout: 3, restart: { when: 'never' }, after: { web: 'started' }, surge: 2, spare: 1, nice: 5 },
      9,
    );
    assert.ok(Object.isFrozen(made));
    assert.deepEqual(
      [made.startTimeout, made.stop, made.restart.when, made.restart.intensity, made.after, made.surge, made.spare, made.nice],
      [1, { drainTimeout: 2, killTimeout: 3 }, 'never', 3, ['web'], 2, 1, 5],
    );
    assert.equal(spec({ module: 'a.js' }, 9).surge, 3);
    assert.equal(spec({ command: 'x', spare: 2 }).spare, 0);
  });

  it('is a row of the part of all process types', () => {
    const processes = { one: { command: 'x', instances: 2 }, two: { module: 'a.js', instances: 'auto', port: 9000 } } as const;
    assert.deepEqual(quantitiesOf(processes, 4), [
      ['one', 2],
      ['two', 4],
    ]);
    const part = processesPart(processes, HOUSEHOLD, () => ({ onCrashLoop: 'exit' }));
    const rows = part.rows({ quantity: type => (type === 'one' ? 2 : 4), generation: () => 7 });
    assert.deepEqual(
      rows.map(row => [row.spec.type, row.quantity, row.generation, row.spec.onCrashLoop]),
      [
        ['one', 2, 7, 'exit'],
        ['two', 4, 7, 'exit'],
      ],
    );
    assert.deepEqual(portsOf(processes), [9000]);
  });
});

describe('words for a shell', () => {
  it('come out as they went in, whatever is in them', () => {
    const word = fc.string({ unit: 'binary' }).filter(text => !text.includes('\0') && Buffer.from(text).toString() === text);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), words => {
        const program = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))';
        const out = execFileSync('/bin/sh', ['-c', execLine([process.execPath, '-e', program, '--', ...words])], { encoding: 'utf8' });
        assert.deepEqual(JSON.parse(out), words);
      }),
      { numRuns: 15 },
    );
  });
});

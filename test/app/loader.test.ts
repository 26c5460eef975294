/** Finding and loading what an application is made of. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BroodError, type ErrorCode } from '../../lib/errors.ts';
import { fixture } from '../helpers/paths.ts';
import { bootOf, loadAgent, loadApp, traceOf } from './units.ts';
import { Application } from '../../lib/app/application.ts';
import { loadUnits } from '../../lib/app/loader.ts';
import { importFile } from '../../lib/app/module.ts';
import { ownDirectory } from '../../lib/own.ts';

/** The coded error that a boot ends with. */
const failure = async (boot: Promise<unknown>, code: ErrorCode): Promise<BroodError> => {
  const error = await boot.then(
    () => assert.fail('the boot did not fail'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof BroodError, String(error));
  assert.equal(error.code, code, String(error));
  return error;
};

describe('loadUnits', () => {
  it('runs CommonJS hooks of an application and an agent, with their configuration', async () => {
    const app = loadApp('cjs-hooks', { env: 'prod' });
    await app.lifecycle;
    assert.deepEqual(traceOf(app.unit), ['app', 'hello']);
    assert.equal(app.unit.name, 'cjs-app');
    assert.equal(app.unit.takeGuests().length, 1);
    const agent = loadAgent('cjs-hooks');
    await agent.lifecycle;
    assert.deepEqual(traceOf(agent.unit), ['agent', 'hello']);
  });

  it('runs hooks that are ES modules and serves what they return', async () => {
    const app = loadApp('esm-hooks');
    await app.lifecycle;
    assert.deepEqual(traceOf(app.unit), ['app', 2]);
    assert.equal(typeof app.unit.takeGuests()[0], 'function');
    const agent = loadAgent('esm-hooks');
    await agent.lifecycle;
    assert.deepEqual(traceOf(agent.unit), ['agent', 2]);
  });

  it('runs hooks and configuration in TypeScript, enums included', async () => {
    const app = loadApp('ts-hooks');
    await app.lifecycle;
    assert.deepEqual(traceOf(app.unit), ['red', 'red-ish']);
    const agent = loadAgent('ts-hooks');
    await agent.lifecycle;
    assert.equal(traceOf(agent.unit), 'agent');
  });

  it('loads plugins in the order of their names and the application last', async () => {
    const { unit, lifecycle } = loadApp('plugins');
    await lifecycle;
    assert.deepEqual(traceOf(unit), ['one', 'two', 'application']);
    assert.deepEqual(unit.config, { from: { one: 'default', two: 'default', application: 'default' }, last: 'one in test' });
  });

  it('switches plugins by environment', async () => {
    const { unit, lifecycle } = loadApp('plugins', { env: 'prod' });
    await lifecycle;
    assert.deepEqual(traceOf(unit), ['one', 'three', 'application']);
    assert.equal(unit.config['last'], 'application');
  });

  it('loads a framework and its plugins before the application, which may override them', async () => {
    const { unit, lifecycle } = loadApp('plugins', { framework: fixture('apps', 'framework', 'index.js') });
    await lifecycle;
    assert.deepEqual(traceOf(unit), ['framework', 'basic', 'one', 'two', 'application']);
    assert.deepEqual(unit.config['from'], { framework: 'default', one: 'default', two: 'default', application: 'default' });
  });

  it('finds a plugin that is a package, above the directory too', async () => {
    const base = await mkdtemp(path.join(tmpdir(), 'brood-plugin-'));
    try {
      const plugin = path.join(base, 'node_modules', '@scope', 'plugin');
      const baseDir = path.join(base, 'packages', 'web');
      await mkdir(plugin, { recursive: true });
      await mkdir(path.join(baseDir, 'config'), { recursive: true });
      await writeFile(path.join(plugin, 'package.json'), '{ "name": "@scope/plugin", "exports": {} }');
      await writeFile(path.join(plugin, 'app.cjs'), "module.exports = app => { app.trace = 'from a package'; };");
      await writeFile(path.join(baseDir, 'config', 'plugin.json'), '{ "it": { "package": "@scope/plugin" } }');
      const boot = bootOf(baseDir);
      // Nothing here sends mail.
      const app = new Application({ boot, messenger: {} as Application['messenger'] });
      await loadUnits(app, boot, () => {});
      assert.equal(traceOf(app), 'from a package');
      assert.equal(app.name, 'web');
    } finally {
      await rm(base, { recursive: true });
    }
  });

  it('names a plugin that is not there', async () => {
    const byPath = await failure(loadApp('plugin-missing').lifecycle, 'BROOD_PLUGIN_MISSING');
    assert.match(byPath.message, /plugin "gone" of config\/plugin\.json: .*plugins\/gone does not exist/);
    const byPackage = await failure(loadApp('plugin-package-missing').lifecycle, 'BROOD_PLUGIN_MISSING');
    assert.match(byPackage.message, /no-such-package-of-anybody/);
    const odd = await failure(loadApp('plugin-invalid').lifecycle, 'BROOD_CONFIG_INVALID');
    assert.match(odd.message, /config\/plugin\.json .*plugin "odd" has a "enable" that is not true or false/);
  });

  it('takes a default export that is a guest by itself, or a function of two arguments', async () => {
    const listener = loadApp('exports-listener');
    await listener.lifecycle;
    assert.equal(listener.unit.takeGuests().length, 1);
    const fetcher = loadApp('exports-fetch');
    await fetcher.lifecycle;
    assert.equal(fetcher.unit.takeGuests().length, 1);
  });

  it('refuses a hook file without a function', async () => {
    const error = await failure(loadApp('exports-nothing').lifecycle, 'BROOD_HOOK_EXPORT');
    assert.match(error.message, /^app\.mjs must export a function or a class as its default, got an object/);
  });

  it('ends ready() of the application as the boot ended', async () => {
    const good = loadApp('cjs-hooks');
    await good.unit.ready();
    assert.ok(good.unit.isReady);
    const bad = loadApp('throws-in-hook');
    const told = new Promise(resolve => bad.unit.ready(resolve));
    await assert.rejects(bad.lifecycle);
    await assert.rejects(bad.unit.ready(), { code: 'BROOD_HOOK_FAILED' });
    assert.ok((await told) instanceof BroodError);
    assert.ok(!bad.unit.isReady);
  });

  it('reports the step that is waited for', async () => {
    const { steps, lifecycle } = loadApp('ts-hooks');
    await lifecycle;
    // Brood's own hooks come first; they are no file of the application.
    const own = fileURLToPath(ownDirectory);
    assert.deepEqual(
      steps.filter(step => !step.includes(own)),
      ['load of config/config.default.ts', 'load of app.ts', 'the function of app.ts'],
    );
    const late = loadApp('never-ready');
    await new Promise<void>(resolve => {
      const look = (): void => void (late.steps.at(-1)?.startsWith('didLoad') ? resolve() : setImmediate(look));
      look();
    });
    assert.equal(late.steps.at(-1), 'didLoad of app.cjs');
  });
});

describe('a hook that fails', () => {
  it('is named with the place, and the error of the application is the cause', async () => {
    const error = await failure(loadApp('throws-in-hook').lifecycle, 'BROOD_HOOK_FAILED');
    assert.equal(error.message, 'the function of app.cjs failed: no database at 10.0.0.1');
    assert.ok(error.cause instanceof Error && 'code' in error.cause);
    assert.equal(error.cause.code, 'ECONNREFUSED');
    assert.match(String(error.details['frame']), /^app\.cjs:2:\d+\n {2}1 \| const connect = \(\) => \{\n> 2 \| {3}throw .*\n {4}\| +\^/);
  });

  it('may throw what is no error', async () => {
    const error = await failure(loadApp('throws-in-phase').lifecycle, 'BROOD_HOOK_FAILED');
    assert.equal(error.message, 'willReady of app.cjs failed: just a string');
    assert.equal(error.cause, 'just a string');
  });

  it('keeps the message of a dependency that is missing', async () => {
    const error = await failure(loadApp('missing-dependency').lifecycle, 'BROOD_HOOK_FAILED');
    assert.match(error.message, /^app\.mjs failed: Cannot find package 'no-such-package-of-anybody'/);
  });

  it('shows an import of a name that is not exported', async () => {
    const error = await failure(loadApp('missing-export').lifecycle, 'BROOD_HOOK_FAILED');
    assert.match(error.message, /does not provide an export named 'nothing'/);
    assert.match(String(error.details['frame']), /^app\.mjs:1/);
  });

  it('is no syntax error when its own code throws a SyntaxError', async () => {
    const error = await failure(loadApp('throws-at-load').lifecycle, 'BROOD_HOOK_FAILED');
    assert.match(error.message, /^app\.mjs failed: .*JSON/);
    assert.match(String(error.details['frame']), /> 1 \| const settings/);
  });
});

describe('a syntax error', () => {
  const broken = /> 3 \| {3}app\.handle\(\(;\n {4}\| {15}\^\n {2}4 \| };/;

  for (const [kind, file] of [
    ['syntax-error', 'app.js'],
    ['syntax-error-cjs', 'app.cjs'],
    ['syntax-error-ts', 'app.ts'],
  ] as const) {
    it(`is shown with file, line and caret: ${file}`, async () => {
      const error = await failure(loadApp(kind).lifecycle, 'BROOD_HOOK_SYNTAX');
      assert.match(error.message, new RegExp(`^${file.replace('.', '\\.')}:3 cannot be parsed: (?:Unexpected token|Expression expected)`));
      assert.match(String(error.details['frame']), broken);
      assert.equal(error.details['line'], 3);
    });
  }

  it('is found in a module that the hook imports', async () => {
    const error = await failure(loadApp('syntax-error-nested').lifecycle, 'BROOD_HOOK_SYNTAX');
    assert.match(error.message, /^lib\/broken\.js:2 cannot be parsed: /);
    assert.match(String(error.details['frame']), /> 2 \| \tconst tabbed = await = 2;\n {4}\| \t +\^/);
  });
});

describe('configuration that is broken', () => {
  for (const [kind, pattern] of [
    ['config-throws', /^config\/config\.default\.mjs is no valid configuration: no secret in the environment/],
    ['config-text', /^config\/config\.default\.cjs is no valid configuration: it gives a string, not an object/],
    ['config-json-syntax', /^config\/config\.default\.json is no valid configuration: .*JSON/],
    ['config-syntax', /^config\/config\.default\.mjs is no valid configuration: Unexpected identifier/],
  ] as const) {
    it(`is refused: ${kind}`, async () => {
      const error = await failure(loadApp(kind).lifecycle, 'BROOD_CONFIG_INVALID');
      assert.match(error.message, pattern);
      assert.equal(error.exitCode, 5);
    });
  }

  it('shows the source', async () => {
    const error = await failure(loadApp('config-syntax').lifecycle, 'BROOD_CONFIG_INVALID');
    assert.match(String(error.details['frame']), /> 3 \| {3}b: 2,/);
  });

  it('tells the name of an export that is missing, also in a package that says nothing of its type', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'brood-untyped-'));
    try {
      await writeFile(path.join(directory, 'package.json'), '{}');
      await writeFile(path.join(directory, 'users.js'), 'export const one = 1;\n');
      await writeFile(path.join(directory, 'app.js'), "import { other } from './users.js';\nexport default () => other;\n");
      await assert.rejects(importFile(path.join(directory, 'app.js')), /does not provide an export named 'other'/);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});

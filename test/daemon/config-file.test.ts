/** The configuration file as the daemon reads it: found, evaluated outside of the master, every mistake with its place. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inspectConfig, readConfig } from '../../lib/daemon/config-file.ts';
import { difference } from '../../lib/formation/config/difference.ts';
import { findConfig } from '../../lib/daemon/config-find.ts';
import type { LoadedConfig } from '../../lib/daemon/config-file.ts';
import type { ConfigContext } from '../../lib/daemon/config-types.ts';
import { optionsOf } from '../../lib/daemon/config-options.ts';
import { BroodError } from '../../lib/errors.ts';
import { withFiles } from '../helpers/files.ts';
import { assertNothingLeft } from '../helpers/left.ts';
import { built } from '../helpers/paths.ts';

const CONTEXT: ConfigContext = { env: 'prod', command: 'start' };

/** Reads a file of this name with this text, beside others. */
const reading = (name: string, text: string, others: Readonly<Record<string, string>> = {}): Promise<LoadedConfig> =>
  withFiles({ ...others, [name]: text }, files => readConfig(files.path(name), CONTEXT));

async function failing(name: string, text: string, others: Readonly<Record<string, string>> = {}): Promise<BroodError> {
  const error: unknown = await reading(name, text, others).then(
    () => assert.fail(`${name} was read`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof BroodError, String(error));
  assert.equal(error.exitCode, 5);
  return error;
}

/** `line:column` of an error. */
const placeOf = ({ details }: BroodError): string => `${details['line'] ?? '-'}:${details['column'] ?? '-'}`;

describe('the configuration file of a directory', () => {
  it('is the one that there is, and before it nothing', async () => {
    await withFiles({ 'package.json': '{"name": "shop"}' }, async ({ directory, path: at, write }) => {
      assert.equal(findConfig(directory), undefined);
      write({ 'package.json': '{"name": "shop", "brood": {"workers": 3}}' });
      assert.equal(findConfig(directory), at('package.json'));
      assert.deepEqual((await readConfig(at('package.json'), CONTEXT)).config, { workers: 3 });
      write({ 'brood.config.yml': 'workers: 2\n' });
      assert.equal(findConfig(directory), at('brood.config.yml'));
    });
  });

  it('cannot be two: both are named', async () => {
    await withFiles({ 'brood.config.ts': '', 'brood.config.json': '{}' }, ({ directory }) => {
      assert.throws(() => findConfig(directory), { code: 'BROOD_CONFIG_SEVERAL', message: /brood\.config\.ts and brood\.config\.json/ });
    });
  });

  it('that cannot be read is told by its name', async () => {
    await withFiles({}, async ({ path: at }) => {
      await assert.rejects(readConfig(at('brood.config.yaml'), CONTEXT), { code: 'BROOD_CONFIG_UNREADABLE', message: /ENOENT/ });
      await assert.rejects(readConfig(at('brood.toml'), CONTEXT), { code: 'BROOD_CONFIG_KIND' });
    });
  });

  it('has places in package.json, too', async () => {
    const error = await failing('package.json', '{\n  "name": "shop",\n  "brood": {\n    "wrokers": 3\n  }\n}\n');
    assert.deepEqual([error.code, placeOf(error)], ['BROOD_CONFIG_KEY', '4:5']);
  });
});

describe('a configuration that is right', () => {
  it('comes with times in milliseconds, sizes in bytes, short forms written out, and places', async () => {
    const text =
      'drainTimeout: 30s\nmaxMemory: 512mb\ncpuAffinity: [0, 2-3]\nhangKill: 1m\nprobes: { liveness: { http: :8080/x, periodSeconds: 2 } }\nprocesses: { w: { command: a, after: web } }\n';
    const { config, sources } = await reading('brood.config.yaml', text);
    const liveness = {
      check: { kind: 'http', path: '/x', port: 8080, host: '127.0.0.1', scheme: 'HTTP', headers: [] },
      initialDelay: 0,
      period: 2000,
      timeout: 1000,
      successThreshold: 1,
      failureThreshold: 3,
    };
    assert.deepEqual(config, {
      drainTimeout: 30_000,
      maxMemory: { soft: 512 * 1024 ** 2 },
      cpuAffinity: [0, 2, 3],
      hangKill: 60_000,
      probes: { liveness },
      processes: { w: { command: 'a', after: { web: 'ready' } } },
    });
    assert.deepEqual([sources(['maxMemory']).line, sources(['processes', 'w', 'after']).column], [2, 31]);
    assert.deepEqual(optionsOf(config), { drainTimeout: 30_000, hangTimeout: 60_000, cpuAffinity: [0, 2, 3] });
  });

  const modules: readonly (readonly [string, string])[] = [
    [
      'brood.config.ts',
      "import { defineConfig } from 'brood';\nenum Size { big = 4 }\nexport default defineConfig(async ({ env, command }) => ({ workers: env === 'prod' ? Size.big : 1, name: command }));\n",
    ],
    ['brood.config.mts', "import type { BroodConfig } from 'brood';\nexport default { workers: 4, name: 'start' } satisfies BroodConfig;\n"],
    ['brood.config.js', "import { four } from './four.js';\nexport default { workers: four, name: 'start' };\n"],
    ['brood.config.mjs', 'export default ({ command }) => ({ workers: 4, name: command, port: undefined });\n'],
    ['brood.config.cjs', "const { defineConfig } = require('brood');\nmodule.exports = defineConfig({ workers: 4, name: 'start' });\n"],
  ];
  for (const [name, text] of modules) {
    it(`may be ${name}`, async () => {
      const others = {
        'package.json': '{"type": "module"}',
        'four.js': 'export const four = 4;\n',
        'node_modules/brood/package.json': '{"exports": "./i.cjs"}',
        'node_modules/brood/i.cjs': `module.exports = require(${JSON.stringify(path.join(built, 'entries', 'index.cjs'))});\n`,
      };
      assert.deepEqual((await reading(name, text, others)).config, { workers: 4, name: 'start' });
    });
  }

  it('is not evaluated in this process', async () => {
    await reading('brood.config.mjs', 'globalThis.broodWasHere = true;\nexport default {};\n');
    assert.equal(Reflect.get(globalThis, 'broodWasHere'), undefined);
  });

  it('may leave timers and processes behind: they are ended with it', async () => {
    await reading(
      'brood.config.mjs',
      "import { spawn } from 'node:child_process';\nspawn('sleep', ['600']);\nsetInterval(() => {}, 1000);\nexport default {};\n",
    );
    await assertNothingLeft();
  });

  it('has the variables of its env files below its own, each with its place', async () => {
    const text = 'env: { A: own }\nenvFile: [.env, .env.local]\nprocesses: { w: { command: a, envFile: w.env, env: { C: null } } }\n';
    const { config, sources, files } = await reading('brood.config.yaml', text, { '.env': 'A=1\nB=2\n', '.env.local': '# own\nB=3\n', 'w.env': 'C=4\nD=5\n' });
    assert.deepEqual(config.env, { A: 'own', B: '3' });
    assert.deepEqual(config.processes?.['w']?.env, { C: null, D: '5' });
    assert.match(sources(['env', 'B']).file, /\.env\.local$/);
    assert.equal(sources(['env', 'B']).line, 2);
    assert.equal(sources(['env', 'A']).line, 1);
    assert.deepEqual(
      files.map(file => file.slice(file.lastIndexOf('/') + 1)),
      ['brood.config.yaml', '.env', '.env.local', 'w.env'],
    );
  });

  it('is kept in the words of its file, too', async () => {
    const text =
      'maxMemory: 512mb\nrpc: { tcp: 7100 }\nprobes: { liveness: { http: /x } }\nenvFile: .env\nprocesses: { w: { command: a, after: web, maxAge: 1h } }\n';
    const { written, config } = await reading('brood.config.yaml', text, { '.env': 'A=1\n' });
    assert.deepEqual(config.rpc, { host: '127.0.0.1', port: 7100, control: false });
    assert.deepEqual(written, {
      maxMemory: '512mb',
      rpc: { tcp: 7100 },
      probes: { liveness: { http: '/x' } },
      envFile: ['.env'],
      processes: { w: { command: 'a', after: 'web', maxAge: 3_600_000 } },
      env: { A: '1' },
    });
  });

  it('differs from another by keys', async () => {
    const before = await reading('brood.config.yaml', 'workers: 2\nenvFile: .env\n', { '.env': 'A=1\nB=1\n' });
    const after = await reading('brood.config.yaml', 'workers: 3\nenvFile: .env\n', { '.env': 'A=2\n' });
    assert.deepEqual(difference(before.written, after.written), [
      { key: 'workers', change: 'changed', before: 2, after: 3 },
      { key: 'env.A', change: 'changed' },
      { key: 'env.B', change: 'removed' },
    ]);
  });
});

describe('a configuration that is wrong', () => {
  it('is told of at once, in the order of the lines, with caret and suggestion', async () => {
    const text = 'wrokers: 2\nprocesses:\n  worker:\n    command: a\n    instances: two\n    nise: 3\nport: 99999\n';
    const error = await failing('brood.config.yaml', text);
    assert.equal(error.code, 'BROOD_CONFIG_PROBLEMS');
    assert.match(error.message, /has 4 mistakes/);
    const all = error.cause;
    assert.ok(Array.isArray(all) && all.every(one => one instanceof BroodError));
    assert.deepEqual(
      all.map(one => [one.code, placeOf(one)]),
      [
        ['BROOD_CONFIG_KEY', '1:1'],
        ['BROOD_CONFIG_TYPE', '5:16'],
        ['BROOD_CONFIG_KEY', '6:5'],
        ['BROOD_CONFIG_TYPE', '7:7'],
      ],
    );
    assert.match(String(error.details['frame']), /> 5 \| {5}instances: two\n {4}\| {16}\^/);
    assert.match(String(error.details['frame']), /Did you mean "processes\.worker\.nice"\?/);
  });

  it('in code has its places in the source, through spreads and functions so far as they are known', async () => {
    const text = "const shared = { drainTimout: 1 };\nexport default ({ env }) => ({\n  ...shared,\n  workers: env === 'prod' ? 0 : 1,\n  port: 'x',\n});\n";
    const error = await failing('brood.config.mjs', text);
    const all = error.cause;
    assert.ok(Array.isArray(all) && all.every(one => one instanceof BroodError));
    assert.deepEqual(
      all.map(one => [one.details['key'], placeOf(one)]),
      [
        ['workers', '4:12'],
        ['port', '5:9'],
        ['drainTimout', '-:-'],
      ],
    );
  });

  it('never points to a value that the module does not have', async () => {
    const text = "const config = { port: 80 };\nconfig.port = 'x';\nexport default config;\n";
    assert.equal(placeOf(await failing('brood.config.mjs', text)), '-:-');
  });

  it('holds what is no data: each key is named', async () => {
    const text = "export default {\n  workers: 1,\n  processes: { w: { command: () => 'a', nice: 1n } },\n  maxAge: new Date(0),\n};\n";
    const error = await failing('brood.config.mjs', text);
    assert.match(
      String(error.details['frame']),
      /:3:30: "processes\.w\.command" is a function[^]*"processes\.w\.nice" is a bigint[^]*:4:11: "maxAge" is an instance of Date/,
    );
    assert.doesNotMatch(String(error.details['frame']), /lacks/);
  });

  it('that leads back to itself is an error', async () => {
    assert.match(
      (await failing('brood.config.mjs', 'const config = {};\nexport default { config: { config } };\nconfig.a = { config };\n')).message,
      /is a circle/,
    );
  });

  const syntax: readonly (readonly [string, string, string])[] = [
    ['brood.config.mjs', 'export default {\n  workers: 1,,\n};\n', '2:14'],
    ['brood.config.ts', 'export default {\n  workers: 1,,\n};\n', '2:14'],
    ['brood.config.json', '{\n  "workers": 1,\n}\n', '3:1'],
    ['brood.config.yaml', 'workers: 1\nports: [1, 2\nport: 3\n', '3:1'],
  ];
  for (const [name, text, place] of syntax) {
    it(`cannot be parsed: ${name} with its place and its lines`, async () => {
      const error = await failing(name, text);
      assert.deepEqual([error.code, placeOf(error)], ['BROOD_CONFIG_SYNTAX', place]);
      assert.match(error.message, new RegExp(`${name.replaceAll('.', '\\.')}:${place}: \\S`));
      assert.match(String(error.details['frame']), /\^$/m);
    });
  }

  it('that misses the package says what to do without it', async () => {
    const error = await failing('brood.config.mjs', "import { defineConfig } from 'brood';\nexport default defineConfig({});\n");
    assert.match(error.hint, /npm install brood.*without defineConfig/);
  });

  it('throws: with its own stack', async () => {
    const error = await failing('brood.config.mjs', "const load = () => {\n  throw new TypeError('no database');\n};\nload();\nexport default {};\n");
    assert.equal(error.code, 'BROOD_CONFIG_FAILED');
    assert.match(error.message, /no database/);
    assert.ok(error.cause instanceof Error);
    assert.equal(error.cause.name, 'TypeError');
    assert.match(error.cause.stack ?? '', /at load .*brood\.config\.mjs:2:9/);
    assert.equal(placeOf(error), '2:9');
  });

  it('ends its process: with what it said last', async () => {
    const error = await failing('brood.config.mjs', "console.error('I am off');\nprocess.exit(7);\n");
    assert.equal(error.code, 'BROOD_CONFIG_ENDED');
    assert.match(error.message, /exit code 7:\nI am off/);
  });

  it('waits for what never comes', async () => {
    assert.equal((await failing('brood.config.mjs', 'await new Promise(() => {});\nexport default {};\n')).code, 'BROOD_CONFIG_ENDED');
  });

  it('never returns: it is ended after ten seconds', async () => {
    const error = await failing('brood.config.mjs', 'for (;;);\n');
    assert.equal(error.code, 'BROOD_CONFIG_TIMEOUT');
    assert.match(error.message, /within 10 seconds, and was ended/);
    await assertNothingLeft();
  });

  it('exports no object, or nothing', async () => {
    assert.match((await failing('brood.config.mjs', 'export default 3;\n')).message, /must be an object, got 3/);
    assert.match((await failing('brood.config.yaml', '- a\n')).message, /must be an object, got \['a'\]/);
    assert.deepEqual((await reading('brood.config.yaml', '# nothing yet\n')).config, {});
  });

  it('names an env file that is missing, or has a line that is none', async () => {
    const missing = await failing('brood.config.yaml', 'workers: 1\nenvFile: .env\n');
    assert.deepEqual([missing.code, placeOf(missing)], ['BROOD_CONFIG_ENV_FILE', '2:10']);
    const wrong = await failing('brood.config.yaml', 'envFile: .env\n', { '.env': 'A=1\nwhat\n' });
    assert.match(wrong.message, /\.env:2:1: this is neither/);
  });
});

describe('a configuration file that means harm', () => {
  const bomb = Array.from(
    { length: 20 },
    (_, at) =>
      `a${at}: &a${at} [${
        at === 0
          ? '1'
          : Array(9)
              .fill(`*a${at - 1}`)
              .join(', ')
      }]`,
  ).join('\n');
  const files: readonly (readonly [string, string, string, RegExp])[] = [
    ['aliases that stand for billions of values', 'brood.config.yaml', `config:\n  ${bomb.replaceAll('\n', '\n  ')}\n`, /at most 20000 values/],
    ['an alias inside of what it names', 'brood.config.yaml', 'config: &a { b: { c: *a } }\n', /inside of what it names/],
    ['brackets that never end', 'brood.config.yaml', '['.repeat(48_000), /levels deep/],
    ['twenty thousand keys that there are not', 'brood.config.json', `{${Array.from({ length: 20_000 }, (_, at) => `"k${at}":1`).join()}}`, /has 100 mistakes/],
    ['a key again and again', 'brood.config.json', `{${'"a":1,'.repeat(30_000)}"a":1}`, /has 20 mistakes/],
    ['a list in a list in a list', 'brood.config.json', '['.repeat(100_000) + ']'.repeat(100_000), /must be an object/],
    ['ten thousand aliases', 'brood.config.yaml', `config:\n  a: &a [1]\n  b: [${'*a, '.repeat(11_000)}]\n`, /at most 20000 values/],
    ['a key again and again', 'brood.config.yaml', 'a: 1\n'.repeat(9000), /has 20 mistakes/],
    ['brackets that never end', 'brood.config.json', '['.repeat(200_000), /the text ends/],
    ['a depth that no stack holds', 'brood.config.json', `{"config": ${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`, /levels deep/],
    ['10 MB of YAML', 'brood.config.yaml', `a: ${'x'.repeat(10_000_000)}`, /more than 48 KiB/],
    ['10 MB of JSON', 'brood.config.json', `["${'x'.repeat(10_000_000)}"]`, /more than 256 KiB/],
    ['10 MB of code', 'brood.config.mjs', `// ${'x'.repeat(10_000_000)}`, /more than 256 KiB/],
    ['a value of 10 MB', 'brood.config.mjs', "export default { name: 'x'.repeat(10_000_000) };", /more than 1 MiB/],
    ['a million values', 'brood.config.mjs', 'export default { config: { list: Array(1_000_000).fill(1) } };', /more than 20000 values/],
  ];
  for (const [what, name, text, reason] of files) {
    it(`${name}: ${what}`, async () => {
      const error = await failing(name, text);
      assert.match(`${error.message} ${error.details['frame'] ?? ''}`, reason);
    });
  }

  it('pollutes nothing with the keys of the language', async () => {
    for (const [name, text] of [
      ['brood.config.json', '{"__proto__": {"polluted": 1}, "env": {"__proto__": "x"}, "processes": {"constructor": {"command": "a"}}}'],
      ['brood.config.yaml', '__proto__: { polluted: 1 }\nconfig: { __proto__: { polluted: 1 } }\n'],
      ['brood.config.mjs', 'export default JSON.parse(\'{"__proto__": {"polluted": 1}}\');\n'],
      ['brood.config.mjs', 'export default { config: { constructor: { prototype: { polluted: 1 } } }, wrokers: 1 };\n'],
    ] as const) {
      await failing(name, text);
      assert.equal(Reflect.get({}, 'polluted'), undefined);
    }
  });
});

it('tells all that is wrong without throwing, for who wants to go on', async () => {
  await withFiles({ 'brood.config.yaml': 'workers: 1\n' }, async ({ path: at }) => {
    const good = await inspectConfig(at('brood.config.yaml'), CONTEXT);
    assert.deepEqual([good.errors, good.loaded?.config], [[], { workers: 1 }]);
    writeFileSync(at('brood.config.yaml'), 'workers: x\nport: y\n');
    const bad = await inspectConfig(at('brood.config.yaml'), CONTEXT);
    assert.deepEqual([bad.loaded, bad.errors.length], [undefined, 2]);
    assert.ok(!existsSync(at('.brood')));
  });
});

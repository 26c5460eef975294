/** process-compose.yaml as a configuration file of ours. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { CONFIG, configAgrees } from '../../lib/daemon/config-table.ts';
import { readConfig } from '../../lib/daemon/config-file.ts';
import { readYaml } from '../../lib/formation/config/read-yaml.ts';
import { validate } from '../../lib/formation/config/validate.ts';
import { importProcessCompose } from '../../lib/formation/import-process-compose.ts';
import type { Imported } from '../../lib/formation/imported.ts';
import { PROCESS_COMPOSE } from '../../lib/formation/process-compose-keys.ts';
import { withFiles } from '../helpers/files.ts';

const ORIGIN = { file: 'process-compose.yaml', directory: '/srv/shop' };

function configOf({ text }: Imported): Record<string, unknown> {
  const { value, faults } = readYaml(text);
  assert.deepEqual(faults, [], text);
  assert.deepEqual(validate(value, CONFIG, configAgrees).problems, [], text);
  return (value ?? {}) as Record<string, unknown>;
}
const imported = (text: string): Imported => importProcessCompose(readYaml(text).value, ORIGIN);

const SHOP = `
version: "0.5"
is_strict: true
environment: ["REGION=eu", "HOST=$HOSTNAME"]
processes:
  web:
    command: node server.js --price $$5
    working_dir: ./web
    environment: ["LEVEL=info"]
    replicas: 2
    depends_on:
      redis: { condition: process_healthy }
      migrate: { condition: process_completed_successfully }
    readiness_probe:
      http_get: { host: 127.0.0.1, scheme: http, path: healthz, port: "8080", headers: { X-A: b } }
      initial_delay_seconds: 1
      period_seconds: 5
      timeout_seconds: 2
      success_threshold: 1
      failure_threshold: 4
    liveness_probe: { exec: { command: test -e alive }, success_threshold: 2 }
    shutdown: { signal: 2, timeout_seconds: 20 }
    availability: { restart: on_failure, backoff_seconds: 2, max_restarts: 5 }
    namespace: shop
  redis:
    entrypoint: [redis-server, --port, "6380"]
    readiness_probe: { exec: { command: redis-cli -p 6380 ping } }
    availability: { restart: always, max_restarts: 0 }
    shutdown: { signal: 15 }
  migrate:
    command: node migrate.js
    availability: { restart: "no" }
  debug:
    command: node debug.js {{.PC_REPLICA_NUM}}
    disabled: true
    availability: { restart: exit_on_failure }
`;

describe('a file of process-compose', () => {
  it('has its processes as process types', async () => {
    const result = imported(SHOP);
    assert.deepEqual(configOf(result), {
      type: 'app',
      env: { REGION: 'eu' },
      processes: {
        web: {
          command: 'node server.js --price $5',
          instances: 2,
          cwd: './web',
          env: { LEVEL: 'info' },
          drainTimeout: 15_000,
          stopSignal: 'SIGINT',
          after: { redis: 'ready', migrate: 'completed' },
          probes: {
            readiness: {
              httpGet: { path: '/healthz', port: 8080, host: '127.0.0.1', httpHeaders: [{ name: 'X-A', value: 'b' }] },
              initialDelaySeconds: 1,
              periodSeconds: 5,
              timeoutSeconds: 2,
              successThreshold: 1,
              failureThreshold: 4,
            },
            liveness: { exec: { command: 'test -e alive' } },
          },
          restart: { when: 'on-failure', intensity: 5, backoff: 2000 },
        },
        redis: { command: 'redis-server --port 6380', probes: { readiness: { exec: { command: 'redis-cli -p 6380 ping' } } } },
        migrate: { command: 'node migrate.js', restart: { when: 'never' } },
        debug: { command: 'node debug.js {{.PC_REPLICA_NUM}}', instances: 0, onExit: 'stop-on-failure', restart: { when: 'never' } },
      },
    });
    await withFiles({ 'brood.config.yaml': result.text }, async ({ path }) => {
      assert.deepEqual(Object.keys((await readConfig(path('brood.config.yaml'), { env: 'prod', command: 'start' })).config.processes ?? {}), result.types);
    });
  });

  it('has a word about what is not the same', () => {
    assert.deepEqual(
      imported(SHOP)
        .notes.filter(({ outcome }) => outcome === 'changed' || outcome === 'unsupported')
        .map(({ app, key, outcome }) => `${app}: ${key} ${outcome}`),
      [
        'web: liveness_probe.success_threshold unsupported',
        'web: availability.max_restarts changed',
        'web: availability.backoff_seconds changed',
        'web: namespace unsupported',
        'debug: command changed',
        'debug: disabled changed',
        ': environment.HOST unsupported',
      ],
    );
  });

  it('has each condition of depends_on as the one that it is here, and a line that says that it is ready', () => {
    const result = imported(`
processes:
  a: {command: x, ready_log_line: "up (on 8080)"}
  b: {command: x, readiness_probe: {exec: {command: y}}, ready_log_line: never}
  c: {command: x}
  d:
    command: x
    depends_on: {a: {condition: process_log_ready}, b: {condition: process_started}, c: {condition: process_completed}}
  e: {command: x, depends_on: {d: {condition: process_started}}}
`);
    const { processes } = configOf(result) as { readonly processes: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
    assert.deepEqual(processes['a']?.['ready'], { line: String.raw`up \(on 8080\)` });
    assert.ok(new RegExp(String.raw`up \(on 8080\)`, 'u').test('12:00 up (on 8080) now'));
    assert.equal(processes['b']?.['ready'], undefined);
    assert.deepEqual([processes['d']?.['after'], processes['e']?.['after']], [{ a: 'ready', b: 'started', c: 'completed' }, ['d']]);
    const ofD = result.notes.filter(({ app, key }) => app === 'd' && key.startsWith('depends_on.'));
    assert.deepEqual(
      ofD.map(({ key, outcome }) => `${key} ${outcome}`),
      ['depends_on.a mapped', 'depends_on.b mapped', 'depends_on.c changed'],
    );
    assert.match(ofD[2]?.note ?? '', /has to end with exit code 0/);
  });

  it('has a PORT that is a number as the port of the process, which its probe asks then, whichever instance it is', () => {
    const probe = '{http_get: {host: localhost, port: 3000}}';
    const { processes } = configOf(
      imported(
        `processes: {a: {command: x, environment: [PORT=3000, A=1], readiness_probe: ${probe}}, b: {command: y, environment: [PORT=$P], readiness_probe: ${probe}}}`,
      ),
    );
    assert.deepEqual(processes, {
      a: { command: 'x', port: 3000, env: { A: '1' }, probes: { readiness: { httpGet: { path: '/', host: 'localhost' } } } },
      b: { command: 'y', probes: { readiness: { httpGet: { path: '/', port: 3000, host: 'localhost' } } } },
    });
  });

  it('ends everything with what ends everything there, and tells of variables and files', () => {
    const result = imported(`
log_location: all.log
processes:
  a: {command: x, environment: ["TOKEN=\${TOKEN}", EMPTY], availability: {restart: always, exit_on_end: true}, log_location: a.log}
  b: {command: y, is_interactive: true, availability: {restart: exit_on_failure}}
`);
    assert.deepEqual(configOf(result)['processes'], {
      a: { command: 'x', onExit: 'stop' },
      b: { command: 'y', stdin: true, onExit: 'stop-on-failure', restart: { when: 'never' } },
    });
    assert.deepEqual(
      result.notes.filter(({ outcome }) => outcome !== 'mapped').map(({ app, key, outcome }) => `${app}: ${key} ${outcome}`),
      ['a: environment.TOKEN changed', 'a: environment.EMPTY unneeded', 'a: log_location changed', 'b: is_interactive changed', ': log_location changed'],
    );
  });

  it('without processes is an error, and without a command a word', () => {
    for (const nothing of [undefined, {}, { processes: {} }, [], { services: { a: { command: 'x' } } }])
      assert.throws(() => importProcessCompose(nothing, ORIGIN), { code: 'BROOD_IMPORT_EMPTY' });
    const { notes, types } = imported('processes: {a: {description: x}, b: {command: y}}');
    assert.deepEqual(types, ['b']);
    assert.ok(notes.some(({ app, key, outcome }) => app === 'a' && key === 'command' && outcome === 'unsupported'));
  });

  it('always becomes a configuration that passes, and no key is passed over', () => {
    const scalar = fc.oneof(
      fc.constantFrom<unknown>('', 'x y', "it's", '$A', '{{x}}', 'always', 'on_failure', true, false, 0, 1, -1, 15, 99_999, '8080'),
      fc.jsonValue({ maxDepth: 1 }),
    );
    const value = fc.oneof(
      scalar,
      fc.array(scalar, { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'web', 'condition', '__proto__'), scalar, { maxKeys: 3 }),
    );
    const paths = [...PROCESS_COMPOSE.used, ...Object.keys(PROCESS_COMPOSE.fates), 'unheardOf', 'x-mine'];
    const process = fc.array(fc.tuple(fc.constantFrom(...paths), value), { maxLength: 10 }).map(rows => {
      const built: Record<string, unknown> = {};
      for (const [path, one] of rows) {
        const steps = path.split('.');
        let into = built;
        for (const step of steps.slice(0, -1)) {
          const next = into[step];
          const known = typeof next === 'object' && next !== null && !Array.isArray(next) ? (next as Record<string, unknown>) : {};
          into[step] = known;
          into = known;
        }
        into[steps.at(-1) ?? ''] = one;
      }
      return built;
    });
    const leaves = (given: Record<string, unknown>, prefix = ''): readonly string[] =>
      Object.entries(given).flatMap(([key, one]) => {
        const path = `${prefix}${key}`;
        if (one === null || one === undefined) return [];
        return PROCESS_COMPOSE.opened.has(path) && typeof one === 'object' && !Array.isArray(one) ? leaves(one as Record<string, unknown>, `${path}.`) : [path];
      });
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('a', 'web', 'all', 'b_c', '7up', '__proto__'), process, { minKeys: 1, maxKeys: 3 }), processes => {
        const result = importProcessCompose({ processes }, ORIGIN);
        configOf(result);
        for (const [name, one] of Object.entries(processes))
          for (const path of leaves(one))
            assert.ok(
              result.notes.some(({ app, key, note }) => app === name && key === path && note !== ''),
              `${name}: ${path}`,
            );
      }),
      { numRuns: 150 },
    );
  });
});

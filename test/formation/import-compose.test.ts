/** docker-compose.yml as a configuration file of ours: what runs without a container, and a word about all the rest. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { CONFIG, configAgrees } from '../../lib/daemon/config-table.ts';
import { readConfig } from '../../lib/daemon/config-file.ts';
import { readYaml } from '../../lib/formation/config/read-yaml.ts';
import { validate } from '../../lib/formation/config/validate.ts';
import { COMPOSE, COMPOSE_TOP } from '../../lib/formation/compose-keys.ts';
import { composeTime } from '../../lib/formation/compose-service.ts';
import { withoutCircles } from '../../lib/formation/import-order.ts';
import { importCompose } from '../../lib/formation/import-compose.ts';
import type { Imported } from '../../lib/formation/imported.ts';
import { withFiles } from '../helpers/files.ts';

const ORIGIN = { file: 'docker-compose.yml', directory: '/srv/shop' };

/** What the text says, and that it is a configuration. */
function configOf({ text }: Imported): Record<string, unknown> {
  const { value, faults } = readYaml(text);
  assert.deepEqual(faults, [], text);
  assert.deepEqual(validate(value, CONFIG, configAgrees).problems, [], text);
  return (value ?? {}) as Record<string, unknown>;
}
const imported = (text: string): Imported => importCompose(readYaml(text).value, ORIGIN);
/** `service: key outcome` of each note. */
const notesOf = ({ notes }: Imported): readonly string[] => notes.map(({ app, key, outcome }) => `${app}: ${key} ${outcome}`);

const SHOP = `
name: shop
services:
  web:
    build: .
    command: ["node", "server.js", "--title", "it's $$5"]
    working_dir: /app/web
    volumes: [".:/app"]
    ports: ["127.0.0.1:8080:8080", "9229:9229"]
    environment: { NODE_ENV: production, LEVEL: "\${LEVEL:-info}", TOKEN: "\${TOKEN}", OTHER: "\${TOKEN}", PRICE: "$$1" }
    env_file: .env
    depends_on:
      db: { condition: service_healthy }
      redis: { condition: service_started }
    deploy: { replicas: 3, resources: { limits: { memory: 512M, cpus: "0.5" } } }
    restart: unless-stopped
    stop_grace_period: 1m30s
  redis:
    image: redis:7
    entrypoint: redis-server
    command: --port 6380
    healthcheck: { test: [CMD, redis-cli, -p, "6380", ping], interval: 5s, timeout: 500ms, retries: 5, start_period: 2s }
    restart: "on-failure:4"
  db:
    image: postgres:16
  clock:
    command: sh -c 'while true; do date; sleep 1; done'
    profiles: [debug]
    depends_on: [web]
volumes: { data: {} }
`;

describe('a compose file', () => {
  it('has its services with a command as process types', async () => {
    const expected = {
      name: 'shop',
      type: 'app',
      processes: {
        web: {
          command: String.raw`node server.js --title 'it'\''s $5'`,
          instances: 3,
          port: 8080,
          cwd: 'web',
          envFile: ['.env'],
          env: { NODE_ENV: 'production', LEVEL: 'info', PRICE: '$1' },
          maxMemory: { hard: 536_870_912 },
          drainTimeout: 85_000,
          after: { redis: 'started' },
        },
        redis: {
          command: 'redis-server --port 6380',
          probes: {
            readiness: {
              exec: { command: ['redis-cli', '-p', '6380', 'ping'] },
              periodSeconds: 5,
              timeoutSeconds: 0.5,
              failureThreshold: 5,
              initialDelaySeconds: 2,
            },
          },
          restart: { when: 'on-failure', intensity: 4 },
        },
        clock: { command: `sh -c 'while true; do date; sleep 1; done'`, instances: 0, after: ['web'] },
      },
    };
    const result = imported(SHOP);
    assert.deepEqual(configOf(result), expected);
    assert.deepEqual(result.types, ['web', 'redis', 'clock']);
    await withFiles({ 'brood.config.yaml': result.text, '.env': 'A=1\n' }, async ({ path }) => {
      const { config } = await readConfig(path('brood.config.yaml'), { env: 'prod', command: 'start' });
      assert.deepEqual(Object.keys(config.processes ?? {}), result.types);
    });
  });

  it('has a word about what is not the same', () => {
    assert.deepEqual(
      notesOf(imported(SHOP)).filter(note => !/ (?:mapped|unneeded)$/.test(note)),
      [
        'web: depends_on.db unsupported',
        'web: environment.LEVEL changed',
        'web: environment.TOKEN changed',
        'web: environment.OTHER unsupported',
        'web: ports changed',
        'web: deploy.resources.limits.memory changed',
        'web: deploy.resources.limits.cpus unsupported',
        'redis: image unsupported',
        'redis: healthcheck.start_period changed',
        'db: command unsupported',
        'clock: profiles changed',
        'clock: restart changed',
      ],
    );
    assert.ok(imported(SHOP).notes.some(({ app, note }) => app === 'db' && note === 'this service is left out: what it runs stands in its image postgres:16'));
  });

  it('whose services wait for each other has one of them wait no more', () => {
    const result = imported('services: {a: {command: x, depends_on: [b]}, b: {command: x, depends_on: [c]}, c: {command: x, depends_on: [a, c]}}');
    const { processes } = configOf(result);
    assert.deepEqual(processes, { a: { command: 'x', after: ['b'] }, b: { command: 'x', after: ['c'] }, c: { command: 'x' } });
    assert.deepEqual(
      result.notes.filter(({ note }) => note === 'they wait for each other').map(({ app, key }) => `${app} ${key}`),
      ['c depends_on.a', 'c depends_on.c'],
    );
  });

  const rows: readonly (readonly [string, string, Record<string, unknown>])[] = [
    [
      'a health check of the shell',
      'healthcheck: {test: "curl -f http://localhost/ || exit 1"}',
      { probes: { readiness: { exec: { command: 'curl -f http://localhost/ || exit 1' }, periodSeconds: 30, timeoutSeconds: 30 } } },
    ],
    ['no health check', 'healthcheck: {disable: true, test: [NONE]}', {}],
    ['a port with another inside', 'ports: [{target: 80, published: "8080"}]', { port: 80, entry: { port: 8080, protocol: 'tcp' } }],
    ['a port of one address', 'ports: ["[::1]:8080:3000"]', { port: 3000, entry: { port: 8080, protocol: 'tcp', host: '::1' } }],
    ['PORT as the one where it listens', 'environment: {PORT: 3000, A: 1}', { port: 3000, env: { A: 1 } }],
    ['PORT among ports', 'environment: [PORT=3000]\n    ports: ["9229:9229", "17000:3000"]', { port: 3000, entry: { port: 17_000, protocol: 'tcp' } }],
    ['PORT to which no port leads', 'environment: [PORT=4000]\n    ports: ["17000:3000"]', { port: 4000 }],
    ['PORT that is filled in', 'environment: {PORT: "$PORT"}', {}],
    ['ports that are no plain ones', 'ports: ["80", "3000-3005:3000-3005", "53:53/udp"]', {}],
    ['variables as a list', 'environment: [A=1, B, "C=x=y", "1D=x"]', { env: { A: '1', C: 'x=y' } }],
    ['files of variables', 'env_file: [{path: a.env, required: false}, b.env]', { envFile: ['a.env', 'b.env'] }],
    ['never again', 'restart: "no"', { restart: { when: 'never' } }],
    [
      'a policy of a swarm',
      'deploy: {restart_policy: {condition: on-failure, delay: 5s, max_attempts: 3}}',
      { restart: { when: 'on-failure', intensity: 3, backoff: 5000 } },
    ],
    ['a directory of the image', 'working_dir: /app', { cwd: '/app' }],
    ['a short time to end', 'stop_grace_period: 2s', { drainTimeout: 0, killTimeout: 2000 }],
    ['no time to end', 'stop_grace_period: 0s', { drainTimeout: 0, killTimeout: 1 }],
    ['memory as a plain number', 'mem_limit: 1073741824', { maxMemory: { hard: 1_073_741_824 } }],
  ];
  for (const [what, keys, fields] of rows)
    it(`knows ${what}`, () =>
      assert.deepEqual(configOf(imported(`services:\n  a:\n    command: x\n    ${keys}\n`))['processes'], { a: { command: 'x', ...fields } }));

  it('says where clients come to, and that a health check asks one port of several instances', () => {
    const { notes } = imported('services: {a: {command: x, ports: ["8080:80"], healthcheck: {test: curl localhost:80}, deploy: {replicas: 2}}}');
    const noteOf = (name: string): string | undefined => notes.find(({ key }) => key === name)?.note;
    assert.match(noteOf('ports') ?? '', /finds 80 in PORT.*, for which it needs the right; clients come to 8080, where an entry hands them on$/);
    assert.match(noteOf('healthcheck.test') ?? '', /80 is the port of the first instance; let it ask \$PORT/);
  });

  it('says of each variable and command that names another service as a host that it is none here', () => {
    const { notes } = imported(`
services:
  web:
    command: node a.js --db db:5432 --my-redis:1 redis
    environment: {A: "redis://redis", B: "x://u:p@db/1", C: "redis:6379,db:1", DB_HOST: db, KIND: redis, D: "x://redis.example.org", E: "x/redis:1"}
  redis: {command: x}
  db: {image: y}
`);
    assert.deepEqual(
      notes.filter(({ note }) => note.includes('is no name of a host here')).map(({ key, note }) => `${key} ${note.split(' ')[0]}`),
      ['command db', 'environment.A redis', 'environment.B db', 'environment.C redis', 'environment.C db', 'environment.DB_HOST db'],
    );
  });

  it('tells what else would be lost in silence', () => {
    const { notes } = imported(`
services:
  a: {command: x, restart: always, deploy: {restart_policy: {condition: any}}, env_file: [b.env, {path: c.env, required: false}], extra_hosts: ["x:1.2.3.4"]}
  b: {command: y, depends_on: {a: {condition: service_started, restart: true}}}
`);
    const outcomeOf = (key: string): readonly unknown[] => notes.filter(one => one.key === key).map(({ app, outcome }) => [app, outcome]);
    assert.deepEqual(
      [outcomeOf('restart')[0], outcomeOf('env_file'), outcomeOf('extra_hosts'), outcomeOf('depends_on.a.restart')],
      [['a', 'unneeded'], [['a', 'changed']], [['a', 'unsupported']], [['b', 'unsupported']]],
    );
  });

  it('has a command of several lines as the one that it is there, but for what is in quotes', () => {
    const { processes } = configOf(imported('services:\n  a:\n    command: |\n      gunicorn app \\\n        --bind 0.0.0.0\n      --title "x\n      y"\n'));
    assert.deepEqual(processes, { a: { command: 'gunicorn app --bind 0.0.0.0 --title "x\ny"' } });
  });

  it('shows no secret in a word about a variable', () => {
    const { notes } = imported('services: {a: {command: x, environment: {API_TOKEN: "${API_TOKEN:-hunter2}", DB: "${DB:-x://u:hunter2@h}", L: "${L:-info}"}}}');
    assert.doesNotMatch(JSON.stringify(notes), /hunter2/);
    assert.ok(notes.some(({ note }) => note === '"info", which is its fallback: nothing is filled in here'));
  });

  it('of a service that is left out says that alone', () => {
    const { notes } = imported('services: {a: {command: x}, db: {image: y, healthcheck: {test: []}, volumes: [a:/b], restart: never, ports: [z]}}');
    assert.deepEqual(
      notes.filter(({ app, outcome }) => app === 'db' && outcome !== 'unneeded').map(({ key }) => key),
      ['command'],
    );
  });

  it('has each condition of depends_on as the one that it is here', () => {
    const { processes } = configOf(
      imported(`
services:
  web: {command: x, depends_on: {redis: {condition: service_healthy}, migrate: {condition: service_completed_successfully}, cache: {condition: service_started}}}
  redis: {command: x, healthcheck: {test: "true"}}
  cache: {command: x}
  seed: {command: x, depends_on: {cache: {condition: service_healthy}}, restart: always}
  migrate: {command: x}
  late: {command: x, depends_on: {seed: {condition: service_completed_successfully}}}
`),
    ) as { readonly processes: Readonly<Record<string, { readonly after?: unknown; readonly restart?: unknown }>> };
    assert.deepEqual(
      Object.entries(processes).map(([name, { after }]) => [name, after]),
      [
        ['web', { redis: 'ready', migrate: 'completed', cache: 'ready' }],
        ['redis', undefined],
        ['cache', undefined],
        ['seed', ['cache']],
        ['migrate', undefined],
        ['late', { seed: 'completed' }],
      ],
    );
    const { notes } = imported(
      'services: {a: {command: x}, b: {command: x, restart: always}, c: {command: x, depends_on: {a: {condition: service_completed_successfully}, b: {condition: service_completed_successfully}}}}',
    );
    assert.deepEqual(
      notes.filter(({ key }) => key.startsWith('restart') || key.startsWith('depends_on.')).map(({ app, key, outcome }) => `${app}: ${key} ${outcome}`),
      ['a: restart unneeded', 'b: restart changed', 'c: depends_on.a mapped', 'c: depends_on.b mapped', 'c: restart changed'],
    );
  });

  it('without services is an error', () => {
    for (const nothing of [undefined, {}, { services: {} }, [], 3, { services: { a: 1 } }])
      assert.throws(() => importCompose(nothing, ORIGIN), { code: 'BROOD_IMPORT_EMPTY' });
  });

  it('with a key that nobody knows says what was meant', () => {
    const note = imported('services: {a: {command: x, restart: always, enviroment: {}}}').notes.find(({ key }) => key === 'enviroment');
    assert.match(note?.note ?? '', /no such key; was environment meant\?/);
  });

  it('knows times as docker compose writes them', () => {
    assert.deepEqual(['1m30s', '500ms', '1.5h', '10us', '', 'x', '10', '9999999999h'].map(composeTime), [
      90_000,
      500,
      5_400_000,
      0,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('always becomes a configuration that passes, and no key is passed over', () => {
    const scalar = fc.oneof(
      fc.constantFrom<unknown>(
        '',
        'x y',
        "it's",
        '$A',
        '${B:-c}',
        '$$',
        '8080:80',
        '80',
        'a=b',
        'NONE',
        'CMD',
        '10s',
        '512M',
        'always',
        'no',
        '/app',
        '.:/app',
        true,
        false,
        0,
        1,
        -1,
        99_999,
      ),
      fc.jsonValue({ maxDepth: 1 }),
    );
    const value = fc.oneof(
      scalar,
      fc.array(scalar, { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'web', 'A', 'condition', 'path', '__proto__', 'test'), scalar, { maxKeys: 3 }),
    );
    const keys = [...new Set([...COMPOSE.used, ...Object.keys(COMPOSE.fates)].map(key => key.split('.')[0] ?? ''))];
    const inner = (prefix: string): readonly string[] =>
      COMPOSE.used.filter(key => key.startsWith(`${prefix}.`)).map(key => key.slice(prefix.length + 1).split('.')[0] ?? '');
    const service = fc.dictionary(fc.constantFrom(...keys, 'unheardOf', 'x-mine'), value, { maxKeys: 8 }).chain(plain =>
      fc
        .record({
          healthcheck: fc.dictionary(fc.constantFrom(...inner('healthcheck')), value),
          deploy: fc.dictionary(fc.constantFrom(...inner('deploy')), value),
        })
        .map(opened => Object.assign({}, plain, opened)),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('a', 'web', 'all', 'b_c', '7up', '__proto__', 'ümlaut'), service, { minKeys: 1, maxKeys: 3 }), services => {
        const result = importCompose({ services }, ORIGIN);
        configOf(result);
        for (const [name, one] of Object.entries(services))
          for (const [key, given] of Object.entries(one)) {
            if (given === null || (COMPOSE.opened.has(key) && typeof given === 'object')) continue;
            assert.ok(
              result.notes.some(note => note.app === name && (note.key === key || note.key.startsWith(`${key}.`))),
              `${name}: ${key}`,
            );
          }
        assert.ok(result.notes.every(({ note }) => note !== ''));
      }),
      { numRuns: 150 },
    );
    assert.equal(Reflect.get({}, 'command'), undefined);
  });

  it('has a word for each key at its top', () => {
    const top = Object.fromEntries(Object.keys(COMPOSE_TOP).map(key => [key, {}]));
    const { notes } = importCompose({ services: { a: { command: 'x' } }, 'x-mine': 1, unheardOf: 1, ...top }, ORIGIN);
    assert.deepEqual(
      notes
        .filter(({ app }) => app === '')
        .map(({ key }) => key)
        .sort(),
      [...Object.keys(COMPOSE_TOP), 'unheardOf', 'x-mine'].sort(),
    );
  });
});

describe('edges without circles', () => {
  it('are all there where there is no circle, and never make one', () => {
    const edge = fc.record({ from: fc.constantFrom('a', 'b', 'c', 'd'), to: fc.constantFrom('a', 'b', 'c', 'd') });
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 10 }), edges => {
        const { kept, cut } = withoutCircles(edges);
        assert.equal(kept.length + cut.length, edges.length);
        // What may go at all goes away step by step: those that nobody waits for.
        let rest = kept;
        while (rest.length > 0) {
          const free = rest.filter(({ from }) => !rest.some(({ to }) => to === from));
          assert.ok(free.length > 0, JSON.stringify(kept));
          rest = rest.filter(one => !free.includes(one));
        }
      }),
    );
  });
});

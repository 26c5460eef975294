/** A Compose file means the same when docker-compose has read it. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import http1 from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { parse } from 'yaml';
import type { Probes } from '../../../lib/care.ts';
import { composeFile } from '../../../lib/formation/exporters/compose.ts';
import type { ExportedApp, ExportedProcess } from '../../../lib/formation/exporters/model.ts';
import { anyCase, cases, withBench } from './lines.ts';
import { shop, WEB } from './shop.ts';

interface Service {
  readonly entrypoint: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}
interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
}

const textOf = (app: ExportedApp): string => composeFile(app).files[0]?.text ?? '';
// Proven by docker-compose, which has found it right, or by the assertions that read it.
const read = (text: string, version: '1.1' | '1.2' = '1.2'): ComposeFile => parse(text, { version }) as ComposeFile;

/** "You can use a $$ (double-dollar sign) when your configuration needs a literal dollar sign." */
const interpolated = (text: string): string =>
  text.replaceAll(/\$(.?)/gs, (_, next: string) => {
    assert.equal(next, '$', `$${next} is a variable`);
    return '$';
  });
const interpolatedEnv = (env: Service['environment']): Service['environment'] =>
  Object.fromEntries(Object.entries(env).map(([name, value]) => [name, interpolated(value)]));

/** What docker-compose makes of a file: validated, merged, variables put in; a dollar that is one is written twice. */
function checked(directory: string, text: string): ComposeFile {
  writeFileSync(join(directory, 'compose.yaml'), text);
  const { status, stdout, stderr } = spawnSync('docker-compose', ['-f', join(directory, 'compose.yaml'), 'config'], { encoding: 'utf8', timeout: 30_000 });
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  // It writes YAML 1.1.
  return read(stdout, '1.1');
}

const web: ExportedProcess = { ...WEB, after: ['My_Worker'] };
const worker: ExportedProcess = {
  ...web,
  type: 'My_Worker',
  instances: 1,
  command: 'python3 jobs.py',
  cwd: '/srv/shop/jobs',
  isEntry: false,
  port: 9000,
  after: [],
};
const release: ExportedProcess = { ...worker, type: 'release', cwd: '/srv/shop', isRelease: true };
const app = (...processes: readonly ExportedProcess[]): ExportedApp => ({ ...shop(...processes), name: '@Shop 1' });

describe('a Compose file', () => {
  it('starts every line with the words and the variables that /bin/sh gives it, and docker-compose finds it right', async () => {
    await withBench(cases(0), async bench => {
      const { services } = checked(bench.directory, textOf({ ...bench.app, processes: [...bench.app.processes, web, worker, release] }));
      await bench.assertStarts((_, index) => {
        const { entrypoint = [], environment = {} } = services[`c${index}`] ?? {};
        return { argv: entrypoint.map(interpolated), env: interpolatedEnv(environment) };
      });
    });
  });

  it('says lines and variables to readers of YAML 1.1 and 1.2 alike', () => {
    fc.assert(
      fc.property(anyCase, ({ line, env = {} }) => {
        const text = textOf(app({ ...web, command: line, env: { ...env, NO: 'yes', y: '0o17', N: '1_0' } }));
        for (const version of ['1.1', '1.2'] as const) {
          const { entrypoint = [], environment = {} } = read(text, version).services['web'] ?? {};
          assert.deepEqual(entrypoint.map(interpolated), ['/bin/sh', '-c', line]);
          assert.deepEqual(interpolatedEnv(environment), { NODE_ENV: 'production', ...env, NO: 'yes', y: '0o17', N: '1_0', PORT: '5000', BROOD_TYPE: 'web' });
        }
        // Some readers fold lines at these, and some refuse them.
        assert.doesNotMatch(text, /[\u007F-\u009F\u2028\u2029\uFEFF]/);
      }),
      { numRuns: 30 },
    );
  });

  it('is a service for each type: numbers, ports, order, times; a directory below that of the image is gone to', () => {
    const { services } = read(textOf({ ...app(web, worker), user: '1000' }));
    assert.deepEqual(services, {
      web: {
        image: 'shop-1:latest',
        entrypoint: ['/bin/sh', '-c', 'exec node server.js "$$PORT"'],
        user: '1000',
        environment: { NODE_ENV: 'production', PORT: '5000', BROOD_TYPE: 'web' },
        ports: ['5000-5001:5000'],
        deploy: { replicas: 2 },
        depends_on: { 'my-worker': { condition: 'service_started' } },
        restart: 'always',
        stop_signal: 'SIGTERM',
        stop_grace_period: '35s',
      },
      'my-worker': {
        image: 'shop-1:latest',
        entrypoint: ['/bin/sh', '-c', 'cd "$$1" && exec /bin/sh -c "$$2"', 'sh', 'jobs', 'python3 jobs.py'],
        user: '1000',
        environment: { NODE_ENV: 'production', PORT: '9000', BROOD_TYPE: 'My_Worker', PS: 'My_Worker.1', BROOD_SLOT: '1' },
        expose: ['9000'],
        restart: 'always',
        stop_signal: 'SIGTERM',
        stop_grace_period: '35s',
      },
    });
  });

  it('has release in a profile, an exec probe as its health, and tells what it has not', () => {
    const probe = { initialDelay: 0, period: 1500, timeout: 1000, successThreshold: 1, failureThreshold: 3 };
    const probes = {
      readiness: { ...probe, check: { kind: 'exec', command: 'test -f "$HOME/up"' } },
      liveness: { ...probe, check: { kind: 'message' } },
    } as const;
    const { files, notes } = composeFile(
      app({ ...web, after: ['db'], command: 'a; b' }, { ...worker, type: 'db', probes, env: { DB_PASSWORD: 'x' } }, release),
    );
    const { services } = read(files[0]?.text ?? '');
    assert.deepEqual(Object(services['db']).healthcheck, {
      test: ['CMD', '/bin/sh', '-c', 'test -f "$$HOME/up"'],
      interval: '1500ms',
      timeout: '1000ms',
      retries: 3,
      start_period: '0ms',
    });
    assert.deepEqual(Object(services['web']).depends_on, { db: { condition: 'service_healthy' } });
    assert.deepEqual([Object(services['release']).profiles, Object(services['release']).restart], [['release'], 'no']);
    assert.deepEqual(notes, [
      'web: its line is more than one command: the shell is process 1 and hands no SIGTERM on. One that begins with "exec" does',
      'db: Compose does not look at its liveness probe',
      'web: no container knows which of them it is: PS and BROOD_SLOT are not set',
      'release: nothing starts it by itself: docker compose run --rm release before a new version',
      'compose.yaml has in clear text: DB_PASSWORD',
    ]);
    assert.equal(files[0]?.isSecret, true);
  });

  const PROBE = { initialDelay: 0, period: 1000, timeout: 1000, successThreshold: 1, failureThreshold: 3 };
  const tcp = (port: number): Probes => ({ startup: { ...PROBE, check: { kind: 'tcp', port, host: '127.0.0.1' } } });
  const http = (port: number): Probes => ({
    readiness: { ...PROBE, check: { kind: 'http', path: '/$up', port, host: '127.0.0.1', scheme: 'HTTP', headers: [{ name: 'X-A', value: 'b' }] } },
  });

  it('waits for what it has to wait for: that one runs, is healthy, or has ended well; and tells where it cannot', async () => {
    const task: ExportedProcess = { ...worker, type: 'migrate', restart: 'never' };
    const given = app(
      { ...web, after: ['migrate', 'redis', 'api', 'plain', 'search', 'log'], until: { migrate: 'completed', redis: 'started', api: 'healthy' } },
      task,
      { ...worker, type: 'redis', probes: tcp(6379) },
      { ...worker, type: 'api', command: 'exec node api.js', probes: http(9000) },
      { ...worker, type: 'plain' },
      { ...worker, type: 'search', probes: tcp(9200) },
      { ...worker, type: 'log', readyBy: 'line' },
    );
    const { files, notes } = composeFile(given);
    const expected = {
      migrate: { condition: 'service_completed_successfully' },
      redis: { condition: 'service_started' },
      api: { condition: 'service_healthy' },
      plain: { condition: 'service_started' },
      search: { condition: 'service_started' },
      log: { condition: 'service_started' },
    };
    await withBench(cases(0), ({ directory }) => {
      const { services } = checked(directory, files[0]?.text ?? '');
      assert.deepEqual(Object(services['web']).depends_on, expected);
      assert.equal(Object(services['migrate']).restart, 'no');
    });
    assert.deepEqual(
      notes.filter(note => /Compose|node/.test(note)),
      [
        'redis: Compose does not look at its startup probe',
        'search: Compose does not look at its startup probe',
        'api: its readiness probe is asked by node inside of the container, which has to be in its image',
        'web: Compose starts it once search and log run, and does not wait until those are ready',
      ],
    );
  });

  it('asks a port and an address by node, where that runs the process', async () => {
    const server = http1.createServer((request, response) => {
      response.writeHead(request.url === '/$up' && request.headers['x-a'] === 'b' ? 204 : 503).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const ask = async (probes: Probes): Promise<number | null> => {
      const { services } = read(textOf(app({ ...web, type: 'web', after: [], probes })));
      const [cmd, file = '', ...words] = (Object(services['web']).healthcheck.test as readonly string[]).map(interpolated);
      assert.deepEqual([cmd, file], ['CMD', 'node']);
      const child = spawn(process.execPath, words, { stdio: 'ignore' });
      const [code] = (await once(child, 'exit')) as [number | null];
      return code;
    };
    const wrong = { readiness: { ...PROBE, check: { kind: 'http', path: '/other', port, host: '127.0.0.1', scheme: 'HTTP', headers: [] } } } as const;
    assert.deepEqual([await ask(tcp(port)), await ask(http(port)), await ask(wrong)], [0, 0, 1]);
    server.close();
    await once(server, 'close');
    assert.deepEqual([await ask(tcp(port)), await ask(http(port))], [1, 1]);
  });

  it('is refused when two types would be one service', () => {
    assert.throws(() => composeFile(app(worker, { ...worker, type: 'my-worker' })), {
      code: 'BROOD_EXPORT_NAME',
      message: '"My_Worker" and "my-worker" would all be named "my-worker" in labels of RFC 1123',
    });
  });
});

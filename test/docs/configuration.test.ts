/** docs/configuration.md and config.schema.json follow the table; the schema tells good files from bad ones as the table does. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv } from 'ajv';
import * as fc from 'fast-check';
import { CONFIG, configAgrees } from '../../lib/daemon/config-table.ts';
import { validate } from '../../lib/formation/config/validate.ts';
import { describer } from './interfaces.ts';
import { root } from '../helpers/paths.ts';
import { renderConfiguration, renderSchema } from './render-config.ts';

const read = (name: string): string => readFileSync(path.join(root, name), 'utf8');
const schema: object = JSON.parse(read('config.schema.json')) as object;
const ajv = new Ajv({ strict: true, allErrors: true, allowUnionTypes: true, strictRequired: false });
const allows = ajv.compile(schema);
const mistakes = (value: unknown): readonly string[] => validate(value, CONFIG, configAgrees).problems.map(({ code, path: at }) => `${code} ${at.join('.')}`);

const GOOD: readonly unknown[] = [
  {},
  { $schema: './node_modules/brood/config.schema.json', name: 'shop', workers: 'auto', port: 0, drainTimeout: '30s', mailLimit: '64mb' },
  { sticky: { by: 'cookie', name: 'sid', proxies: 1 }, https: { key: 'k.pem', cert: 'c.pem' }, inspect: true, ports: 'any' },
  { env: { A: 'x', B: 1, C: true, D: null }, envFile: ['.env', '.env.prod'], cpuAffinity: [0, '2-3'], nice: -5, limits: { nofile: 65_536, memory: '2gb' } },
  { maxMemory: '512mb', maxAge: '7d', maxRequests: 10_000, jitter: 0.2, restartCron: '0 4 * * *', hangWarn: 0, hangKill: '1m', onCrashLoop: 'exit' },
  { maxMemory: { soft: '512mb', hard: '1gb' }, canary: false, canaryTime: 0, spare: 1, surge: 2, agent: { execPath: '/opt/node/bin/node' } },
  { probes: { startup: { tcp: 8080, failureThreshold: 30 }, readiness: { http: ':8080/ready' }, liveness: { exec: { command: ['pgrep', 'node'] } } } },
  { probes: { startup: { tcpSocket: {} }, readiness: { tcpSocket: { port: 8080, host: '::1' } } } },
  { processes: { worker: { command: 'w', port: 9000, probes: { liveness: { tcpSocket: {} } } } } },
  { probes: { liveness: { httpGet: { path: '/', httpHeaders: [{ name: 'Host', value: '' }], scheme: 'HTTPS' }, periodSeconds: 0.5, message: undefined } } },
  { processes: { worker: { command: 'node w.js', instances: 2, after: 'web' }, job: { module: 'j.js', kind: 'job', after: ['worker', 'agent'] } } },
  {
    processes: { py: { module: 'w.py', interpreter: 'python3', args: ['-v'] }, t: { module: 't.js', kind: 'threads', threads: 4, restart: { when: 'never' } } },
  },
  {
    hostname: '::1',
    sticky: 'ip',
    processes: {
      web: { cluster: 'api', instances: 4, port: 8080, after: { redis: 'healthy', agent: 'ready' }, ready: 'message', entry: true, restart: { backoff: '1s' } },
      redis: { command: 'redis-server' },
    },
    type: 'web',
  },
  { daemon: { pidFile: 'a.pid', umask: '027', user: 'www', group: 33, logs: { dir: 'log', maxSize: '10mb', maxFiles: 3, maxDays: 7, compress: false } } },
  { metrics: { port: 9100 }, health: { port: 0, host: '::1' }, rpc: { tcp: '127.0.0.1:7100', control: true }, persist: true, type: 'app', serverEnv: 'prod' },
];

/** A file, and what is said of it; `'passes'` where only the table can know. */
const BAD: readonly (readonly [unknown, string, 'passes'?])[] = [
  [[], 'BROOD_CONFIG_TYPE '],
  ['text', 'BROOD_CONFIG_TYPE '],
  [{ wokers: 1 }, 'BROOD_CONFIG_KEY wokers'],
  [{ baseDir: '.' }, 'BROOD_CONFIG_KEY baseDir'],
  [{ logger: false }, 'BROOD_CONFIG_KEY logger'],
  [{ workers: 0 }, 'BROOD_CONFIG_TYPE workers'],
  [{ workers: null }, 'BROOD_CONFIG_TYPE workers'],
  [{ drainTimeout: '30 minutes' }, 'BROOD_CONFIG_TYPE drainTimeout'],
  [{ startTimeout: '0s' }, 'BROOD_CONFIG_TYPE startTimeout', 'passes'],
  [{ maxMemory: '512' }, 'BROOD_CONFIG_TYPE maxMemory'],
  [{ maxMemory: { soft: '2gb', hard: '1gb' } }, 'BROOD_CONFIG_CONFLICT maxMemory.hard', 'passes'],
  [{ env: ['A=1'] }, 'BROOD_CONFIG_TYPE env'],
  [{ env: { 'A B': 1 } }, 'BROOD_CONFIG_NAME env.A B'],
  [{ env: { A: {} } }, 'BROOD_CONFIG_TYPE env.A'],
  [{ sticky: {} }, 'BROOD_CONFIG_LACKS sticky'],
  [{ https: { key: 'k' } }, 'BROOD_CONFIG_LACKS https'],
  [{ metrics: {} }, 'BROOD_CONFIG_LACKS metrics'],
  [{ rpc: {} }, 'BROOD_CONFIG_LACKS rpc'],
  [{ rpc: { tcp: 1, path: 'x' } }, 'BROOD_CONFIG_CONFLICT rpc.path'],
  [{ path: 's', port: 1 }, 'BROOD_CONFIG_CONFLICT port', 'passes'],
  [{ probes: { liveness: {} } }, 'BROOD_CONFIG_LACKS probes.liveness'],
  [{ probes: { liveness: { http: '/x', tcp: 1 } } }, 'BROOD_CONFIG_CONFLICT probes.liveness.tcp'],
  [{ processes: { worker: { command: 'w', probes: { liveness: { tcpSocket: {} } } } } }, 'BROOD_CONFIG_LACKS processes.worker.probes.liveness', 'passes'],
  [{ probes: { liveness: { http: 'x' } } }, 'BROOD_CONFIG_TYPE probes.liveness.http', 'passes'],
  [{ probes: { startup: { tcp: 1, successThreshold: 2 } } }, 'BROOD_CONFIG_CONFLICT probes.startup.successThreshold', 'passes'],
  [{ restartCron: '0 99 * * *' }, 'BROOD_CONFIG_TYPE restartCron', 'passes'],
  [{ cpuAffinity: [] }, 'BROOD_CONFIG_TYPE cpuAffinity'],
  [{ cpuAffinity: ['3-1'] }, 'BROOD_CONFIG_TYPE cpuAffinity', 'passes'],
  [{ daemon: { umask: 22 } }, 'BROOD_CONFIG_TYPE daemon.umask'],
  [{ restart: { when: 'never' } }, 'BROOD_CONFIG_KEY restart.when'],
  [{ processes: { worker: {} } }, 'BROOD_CONFIG_LACKS processes.worker'],
  [{ processes: { worker: { command: 'a', entry: true } } }, 'BROOD_CONFIG_LACKS processes.worker.entry', 'passes'],
  [{ processes: { worker: { command: 'a', entry: { host: '::1' } } } }, 'BROOD_CONFIG_LACKS processes.worker.entry', 'passes'],
  [{ processes: { worker: { command: 'a', module: 'b' } } }, 'BROOD_CONFIG_CONFLICT processes.worker.module'],
  [{ processes: { worker: { command: 'a', kind: 'job' } } }, 'BROOD_CONFIG_CONFLICT processes.worker.kind', 'passes'],
  [{ processes: { worker: { command: 'a', ready: 'message' } } }, 'BROOD_CONFIG_CONFLICT processes.worker.ready', 'passes'],
  [{ processes: { worker: { module: 'a', ready: 'probe' } } }, 'BROOD_CONFIG_LACKS processes.worker.ready', 'passes'],
  [{ processes: { worker: { module: 'a', threads: 2 } } }, 'BROOD_CONFIG_CONFLICT processes.worker.threads', 'passes'],
  [{ processes: { worker: { command: 'a', probes: { liveness: { http: '/x' } } } } }, 'BROOD_CONFIG_LACKS processes.worker.probes.liveness', 'passes'],
  [{ processes: { worker: { command: 'a', after: 'wob' } } }, 'BROOD_CONFIG_NAME processes.worker.after', 'passes'],
  [{ processes: { a: { command: 'a', after: 'b' }, b: { command: 'b', after: 'a' } } }, 'BROOD_CONFIG_CONFLICT processes.a.after', 'passes'],
  [{ type: 'web', processes: { web: { command: 'a' } } }, 'BROOD_CONFIG_CONFLICT processes', 'passes'],
  [{ processes: { a: { cluster: '.' }, b: { cluster: 'b' } } }, 'BROOD_CONFIG_CONFLICT processes.b.cluster', 'passes'],
  [{ processes: { a: { cluster: '.', command: 'b' } } }, 'BROOD_CONFIG_CONFLICT processes.a.command'],
  [{ processes: { a: { cluster: '.', module: 'b' } } }, 'BROOD_CONFIG_CONFLICT processes.a.module'],
  [{ processes: { a: { cluster: '.', kind: 'async' } } }, 'BROOD_CONFIG_CONFLICT processes.a.kind', 'passes'],
  [{ processes: { a: { cluster: '.', threads: 2 } } }, 'BROOD_CONFIG_CONFLICT processes.a.threads', 'passes'],
  [{ processes: { a: { cluster: '.', job: {} } } }, 'BROOD_CONFIG_CONFLICT processes.a.job', 'passes'],
  [{ processes: { a: { cluster: '.', resourceLimits: {} } } }, 'BROOD_CONFIG_CONFLICT processes.a.resourceLimits', 'passes'],
  [{ processes: { a: { cluster: '.', interpreter: 'python3' } } }, 'BROOD_CONFIG_CONFLICT processes.a.interpreter', 'passes'],
  [{ processes: { a: { cluster: '.', args: ['b'] } } }, 'BROOD_CONFIG_CONFLICT processes.a.args', 'passes'],
  [{ processes: { a: { cluster: '.', cwd: 'b' } } }, 'BROOD_CONFIG_CONFLICT processes.a.cwd', 'passes'],
  [{ processes: { a: { cluster: '.', stopSignal: 'SIGINT' } } }, 'BROOD_CONFIG_CONFLICT processes.a.stopSignal', 'passes'],
  [{ processes: { a: { cluster: '.', stdin: true } } }, 'BROOD_CONFIG_CONFLICT processes.a.stdin', 'passes'],
  [{ processes: { a: { module: 'b', stdin: true } } }, 'BROOD_CONFIG_CONFLICT processes.a.stdin', 'passes'],
  [{ processes: { a: { cluster: '.', ready: { tcp: 80 } } } }, 'BROOD_CONFIG_CONFLICT processes.a.ready', 'passes'],
  [{ processes: { a: { cluster: '.', ready: 'spawn' } } }, 'BROOD_CONFIG_CONFLICT processes.a.ready', 'passes'],
  [{ processes: { a: { cluster: '.', entry: { port: 80 } } } }, 'BROOD_CONFIG_CONFLICT processes.a.entry', 'passes'],
  [{ processes: { a: { cluster: '.', instances: 0 } } }, 'BROOD_CONFIG_CONFLICT processes.a.instances', 'passes'],
  [{ processes: { a: { cluster: '.', restart: { when: 'never' } } } }, 'BROOD_CONFIG_CONFLICT processes.a.restart.when', 'passes'],
  [{ workers: 2, processes: { a: { cluster: '.' } } }, 'BROOD_CONFIG_CONFLICT workers', 'passes'],
  [{ type: 'b', processes: { a: { cluster: '.' } } }, 'BROOD_CONFIG_CONFLICT type', 'passes'],
  [{ script: 'b.js', processes: { a: { cluster: '.' } } }, 'BROOD_CONFIG_CONFLICT script', 'passes'],
  [{ path: 'b.sock', processes: { a: { cluster: '.', port: 80 } } }, 'BROOD_CONFIG_CONFLICT path', 'passes'],
  [{ port: 80, processes: { a: { cluster: '.', port: 80 } } }, 'BROOD_CONFIG_CONFLICT port', 'passes'],
  [{ hangKill: 1, processes: { a: { cluster: '.', hangKill: 1 } } }, 'BROOD_CONFIG_CONFLICT hangKill', 'passes'],
  [{ processes: { a: { cluster: '.', after: 'b' }, b: { command: 'b', after: 'agent' } } }, 'BROOD_CONFIG_CONFLICT processes.b.after', 'passes'],
  [{ processes: { a: { cluster: '.', after: 'c' } } }, 'BROOD_CONFIG_NAME processes.a.after', 'passes'],
  [{ processes: { agent: { cluster: '.' } } }, 'BROOD_CONFIG_NAME processes.agent', 'passes'],
  [{ processes: { master: { command: 'a' } } }, 'BROOD_CONFIG_NAME processes.master', 'passes'],
  [{ processes: { 'a.b': { command: 'a' } } }, 'BROOD_CONFIG_NAME processes.a.b'],
  [JSON.parse('{"__proto__": {"workers": 1}}'), 'BROOD_CONFIG_KEY __proto__'],
  [JSON.parse('{"processes": {"__proto__": {"command": "a"}}}'), 'BROOD_CONFIG_NAME processes.__proto__'],
  [JSON.parse('{"config": {"a": [{"__proto__": {"polluted": true}}]}}'), 'BROOD_CONFIG_KEY config.a.0.__proto__', 'passes'],
];

describe('docs/configuration.md', () => {
  it('is as `npm run docs` writes it', () => {
    const text = read('docs/configuration.md');
    assert.equal(text, renderConfiguration(text), 'run: npm run docs');
  });

  it('has a sentence for each key that the table has', () => {
    const describe = describer();
    const silent = Object.keys(CONFIG).filter(key => (describe('BroodConfig', key) ?? '') === '');
    assert.deepEqual(silent, []);
  });
});

describe('config.schema.json', () => {
  it('is as `npm run docs` writes it', () => {
    assert.equal(read('config.schema.json'), renderSchema(), 'run: npm run docs');
  });

  for (const one of GOOD) {
    it(`allows ${JSON.stringify(one).slice(0, 80)}`, () => {
      assert.equal(allows(one), true, JSON.stringify(allows.errors));
      assert.deepEqual(mistakes(one), []);
    });
  }

  for (const [one, mistake, passes] of BAD) {
    it(`${passes === 'passes' ? 'leaves to the table' : 'refuses'} ${JSON.stringify(one)}`, () => {
      assert.ok(mistakes(one).includes(mistake), mistakes(one).join('\n'));
      assert.equal(allows(one), passes === 'passes');
    });
  }

  it('never refuses what the table allows', () => {
    const keys = Object.keys(CONFIG);
    const value = fc.oneof(
      fc.json().map(text => JSON.parse(text) as unknown),
      fc.constantFrom('30s', '1gb', 'auto', '/x', 8080, 0, 1, true, null, [1], ['a'], { port: 1 }, { soft: 2e6 }),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 3 }), config => {
        if (mistakes(config).length === 0) assert.equal(allows(config), true, JSON.stringify(allows.errors));
      }),
      { numRuns: 3000 },
    );
  });
});

describe('a key of the language', () => {
  it('pollutes nothing, wherever it stands', () => {
    for (const [one] of BAD) validate(one, CONFIG, configAgrees);
    assert.equal(Reflect.get({}, 'polluted'), undefined);
    assert.equal(Reflect.get({}, 'workers'), undefined);
  });
});

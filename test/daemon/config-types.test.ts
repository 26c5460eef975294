/** The types of a configuration file: what the compiler takes, the table takes; what it refuses here, it must refuse. */
import assert from 'node:assert/strict';
import { defineConfig } from '../../index.ts';
import type { BroodConfig, ConfigContext } from '../../index.ts';
import { CONFIG, configAgrees } from '../../lib/daemon/config-table.ts';
import { validate } from '../../lib/formation/config/validate.ts';

const GOOD: readonly BroodConfig[] = [
  { workers: 'auto', drainTimeout: '30s', killTimeout: 500, mailLimit: '64mb', restart: { intensity: 2, backoff: '1s' } },
  { env: { A: 'x', B: 1, C: null }, envFile: ['.env'], cpuAffinity: [0, '2-3'], agent: { nice: 3 }, serverEnv: 'prod' },
  { maxMemory: { soft: '512mb' }, maxAge: '7d', probes: { readiness: { http: '/ready' }, liveness: { message: true } } },
  { processes: { worker: { command: 'node w.js', restart: { when: 'on-failure' } }, jobs: { module: 'j.js', kind: 'job', after: 'worker' } } },
  { sticky: 'sid', ports: 'any', https: { key: 'k', cert: 'c' }, inspect: 9229, listen: 'held', startMode: 'process' },
  { daemon: { umask: '027', logs: { maxSize: '1gb' } }, metrics: { port: 0 }, rpc: { path: 'rpc.sock', control: true }, persist: true },
];

// Each line must be an error of the compiler; a directive that is not needed is one.
const BAD: readonly BroodConfig[] = [
  // @ts-expect-error -- a key that there is not
  { wrokers: 1 },
  // @ts-expect-error -- no unit
  { drainTimeout: '30 minutes' },
  // @ts-expect-error -- no size
  { maxMemory: 'much' },
  // @ts-expect-error -- an object of variables
  { env: 'prod' },
  // @ts-expect-error -- app workers are always started again
  { restart: { when: 'never' } },
  // @ts-expect-error -- one of three
  { processes: { a: { module: 'a.js', kind: 'jobs' } } },
  // @ts-expect-error -- the directory of the file says it
  { baseDir: '.' },
];

describe('the type of a configuration', () => {
  it('takes what the table takes', () => {
    for (const config of GOOD) assert.deepEqual(validate(config, CONFIG, configAgrees).problems, [], JSON.stringify(config));
  });

  it('refuses what the table refuses', () => {
    for (const config of BAD) assert.notDeepEqual(validate(config, CONFIG, configAgrees).problems, [], JSON.stringify(config));
  });

  it('types an object, and a function of the context', () => {
    assert.deepEqual(defineConfig({ workers: 2 }), { workers: 2 });
    const made = defineConfig(({ env, command }: ConfigContext) => ({ name: `${env}-${command}` }));
    assert.ok(typeof made === 'function');
    assert.deepEqual(made({ env: 'prod', command: 'start' }), { name: 'prod-start' });
  });
});

/** What `brood doctor` makes of what it finds. */
import assert from 'node:assert/strict';
import { diagnose } from '../../lib/policy/doctor.ts';
import type { Facts } from '../../lib/policy/doctor.ts';

const MIB = 1024 * 1024;
const well: Facts = {
  node: { version: '24.0.0', typescript: true },
  usesTypescript: true,
  hasJiti: false,
  nodeEnv: 'production',
  workers: 2,
  cores: 2,
  files: { soft: 1024, hard: 65_536 },
  memory: { limit: undefined, available: 8192 * MIB },
  processes: { limit: Infinity, used: 0 },
  disk: { directory: '/srv', free: 9000 * MIB, size: 20_000 * MIB, freeFiles: 1e6 },
  clock: { now: 2e9, newest: 1.9e9, zone: 'UTC' },
  port: { port: 7001, isOurs: false },
  backlog: 4096,
  isFirstProcess: false,
  canReap: false,
  isRoot: false,
  dropsRoot: false,
  openToOthers: [],
  ignoresState: true,
};
const levels = (facts: Partial<Facts>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    diagnose({ ...well, ...facts })
      .filter(({ level }) => level !== 'ok')
      .map(({ check, level }) => [check, level]),
  );

describe('the doctor', () => {
  it('finds nothing where all is well, and has a remedy for everything else', () => {
    assert.deepEqual(levels({}), {});
    for (const { level, remedy } of diagnose({ ...well, nodeEnv: undefined, isRoot: true, workers: 64, openToOthers: ['/srv'] }))
      assert.equal(remedy === undefined, level === 'ok');
  });

  it('tells errors, which keep the application from running, from warnings', () => {
    assert.deepEqual(levels({ node: { version: '20.19.0', typescript: false } }), { node: 'error' });
    assert.deepEqual(levels({ node: { version: '20.19.0', typescript: false }, hasJiti: true }), {});
    assert.deepEqual(levels({ nodeEnv: undefined }), { NODE_ENV: 'warning' });
    assert.deepEqual(levels({ workers: 3 }), { cores: 'warning' });
    assert.deepEqual(levels({ memory: { limit: 150 * MIB, available: 8192 * MIB } }), { memory: 'warning' });
    assert.deepEqual(levels({ memory: { limit: undefined, available: 300 * MIB, perWorker: 140 * MIB } }), { memory: 'warning' });
    assert.deepEqual(levels({ files: { soft: 256, hard: 1024 } }), { 'open files': 'warning' });
    assert.deepEqual(levels({ processes: { limit: 100, used: 60 } }), { processes: 'warning' });
    assert.deepEqual(levels({ backlog: 128 }), { backlog: 'warning' });
    assert.deepEqual(levels({ port: { port: 80, isOurs: false, holder: ' by pid 7' } }), { port: 'error' });
    assert.deepEqual(levels({ port: { port: 80, isOurs: true } }), {});
    assert.deepEqual(levels({ disk: { directory: '/srv', free: 100 * MIB, size: 200 * MIB, freeFiles: 1e6 } }), { disk: 'warning' });
    assert.deepEqual(levels({ disk: { directory: '/srv', free: 10 * MIB, size: 200 * MIB, freeFiles: 1e6 } }), { disk: 'error' });
    assert.deepEqual(levels({ disk: { directory: '/srv', free: 900 * MIB, size: 2000 * MIB, freeFiles: 10 } }), { disk: 'error' });
    assert.deepEqual(levels({ clock: { now: 1e9, newest: 1.9e9, zone: 'UTC' } }), { clock: 'error' });
    assert.deepEqual(levels({ isFirstProcess: true }), { 'pid 1': 'warning' });
    assert.deepEqual(levels({ isFirstProcess: true, canReap: true }), {});
    assert.deepEqual(levels({ isRoot: true }), { user: 'warning' });
    assert.deepEqual(levels({ openToOthers: ['/srv/shop'] }), { permissions: 'error' });
    assert.deepEqual(levels({ ignoresState: false }), { git: 'warning' });
  });
});

/** A status and a history as a master would tell them, for tests of what people see. */
import type { DeathStatus, Inspection, InstanceStatus, Status, TypeStatus } from '../../../lib/daemon/api.ts';

export const NOW = Date.parse('2026-05-04T10:15:00.000Z');
const ago = (milliseconds: number): string => new Date(NOW - milliseconds).toISOString();
const MB = 1024 * 1024;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const instance = (name: string, more: Partial<InstanceStatus> = {}): InstanceStatus => {
  const [type = '', slot = '1'] = name.split('.');
  const uptime = more.uptime ?? 2 * HOUR + 10 * MINUTE;
  return {
    name,
    type,
    slot: Number(slot),
    id: Array.from(name, letter => letter.charCodeAt(0)).reduce((sum, code) => sum * 3 + code, 0),
    generation: 3,
    pid: 41_200 + Number(slot),
    state: 'ready',
    ready: true,
    started: ago(uptime),
    since: ago(uptime),
    uptime,
    restarts: 0,
    ...more,
  };
};

export const type = (name: string, more: Partial<TypeStatus> = {}): TypeStatus => ({
  type: name,
  wanted: 1,
  ready: 1,
  generation: 3,
  state: 'running',
  ...more,
});

export const death = (name: string, more: Partial<DeathStatus> = {}): DeathStatus => ({
  name,
  type: name.split('.')[0] ?? '',
  slot: Number(name.split('.')[1] ?? 1),
  id: 9,
  generation: 3,
  pid: 40_988,
  reason: 'exit',
  code: 1,
  signal: null,
  uptime: 84,
  state: 'starting',
  served: false,
  lastLines: [],
  at: ago(8000),
  ...more,
});

const REFUSED = [
  '/srv/shop/db.js:12',
  '    throw error;',
  '    ^',
  '',
  'Error: connect ECONNREFUSED 127.0.0.1:6379',
  '    at connect (/srv/shop/db.js:12:11) {',
  "  code: 'ECONNREFUSED'",
  '}',
  '',
  'Node.js v20.20.2',
];
export const lastDeath = death('worker.1', { lastLines: REFUSED });

/** Agent, four workers in several states, a worker that cannot start, a type that was stopped. */
export const shop: Status = {
  apiVersion: 1,
  kind: 'Status',
  app: { name: 'shop', baseDir: '/srv/shop', address: 'http://localhost:7001', env: 'prod' },
  master: {
    pid: 41_200,
    started: ago(76 * HOUR),
    uptime: 76 * HOUR,
    version: '0.1.0',
    node: 'v20.20.2',
    state: 'running',
    daemon: true,
    cpu: 0.001,
    memory: 51 * MB,
  },
  types: [
    type('agent'),
    type('web', { wanted: 4, ready: 2 }),
    type('worker', { wanted: 2, ready: 1, state: 'backoff', nextTry: new Date(NOW + 15_400).toISOString(), lastDeath }),
    type('clock', { wanted: 0, ready: 0, state: 'stopped' }),
  ],
  items: [
    instance('agent', { uptime: 76 * HOUR, cpu: 0.001, memory: 61 * MB, eventLoopDelay: 0.2 }),
    instance('web.1', {
      restarts: 1,
      lastReason: 'uncaughtException',
      cpu: 0.012,
      memory: 88 * MB,
      requestsPerSecond: 41,
      p99: 18,
      eventLoopDelay: 0.8,
      connections: 12,
      requests: 8412,
    }),
    instance('web.2', { cpu: 0.011, memory: 86 * MB, requestsPerSecond: 40, p99: 17, eventLoopDelay: 0.7, connections: 11, requests: 8290 }),
    instance('web.3', { state: 'draining', ready: false, reason: 'reload', cpu: 0.003, memory: 91 * MB, requestsPerSecond: 2, p99: 20, connections: 1 }),
    instance('web.3', { id: 12, pid: 41_777, state: 'starting', ready: false, uptime: 1200, cpu: 0.098, memory: 55 * MB, generation: 4 }),
    instance('web.4', { state: 'hanging', ready: true, cpu: 1, memory: 90 * MB }),
    instance('worker.2', { cpu: 0.02, memory: 40 * MB }),
  ],
};

export const inspection: Inspection = {
  apiVersion: 1,
  kind: 'Instance',
  name: 'worker.1',
  current: [],
  spec: { start: { kind: 'command', line: 'node worker.js' }, restart: { when: 'always' } },
  deaths: [
    death('worker.1', { reason: 'reload', code: 0, uptime: 5 * HOUR, state: 'draining', served: true, at: ago(3 * HOUR) }),
    death('worker.1', {
      reason: 'hang',
      code: null,
      signal: 'SIGKILL',
      uptime: 3 * HOUR,
      state: 'ready',
      served: true,
      at: ago(30_000),
      lastLines: ['mail 17 sent', '\u001B[31mred\u001B[0m'],
    }),
    lastDeath,
  ],
};

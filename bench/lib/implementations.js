/** How each implementation is started: the program, its environment, and how it is told to reload. */
import path from 'node:path';
import { benchDirectory } from './settings.js';

const file = name => path.join(benchDirectory, name);
const byMessage = message => subject => subject.child.send(message);

const raw = { program: [file('peers/raw-http.js')], env: {}, agent: false };
const rawCluster = policy => ({
  program: [file('peers/raw-cluster.js')],
  env: { NODE_CLUSTER_SCHED_POLICY: policy },
  agent: false,
  reload: byMessage('reload'),
});
const egg = env => ({
  program: [file('peers/egg/start.js')],
  env: { BENCH_EGG_ENV: env },
  agent: true,
  reload: byMessage({ action: 'reload-worker', to: 'master', data: {} }),
});
const brood = (options = {}) => ({
  program: [file('apps/brood/start.js')],
  env: { BENCH_OPTIONS: JSON.stringify(options) },
  agent: options.agent !== false,
  spare: options.spare ?? 0,
  reload: byMessage('reload'),
});

export const implementations = {
  'raw-http': raw,
  /** Round robin, as node:cluster does without being asked. */
  'raw-rr': rawCluster('rr'),
  /** One shared listening socket. */
  'raw-none': rawCluster('none'),
  /** In production it forks again what dies. */
  egg: egg('prod'),
  /** Its reload is one for development: with the forking again of production it would double the workers. */
  'egg-local': egg('local'),
  pm2: { pm2: true, env: {}, agent: false },
  brood: brood(),
  'brood-no-agent': brood({ agent: false }),
  'brood-spare': brood({ spare: 1 }),
  /** With what `brood start` adds: counting, and a thread that watches the event loop. */
  'brood-observed': brood({ observe: true, hangWarn: 1000 }),
};

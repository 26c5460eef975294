/** Types that follow their load, with real processes and a load that the test says. */
import assert from 'node:assert/strict';
import { starterInto } from '../../lib/child/start.ts';
import { BroodError } from '../../lib/errors.ts';
import { readConfig } from '../../lib/daemon/config-file.ts';
import { readPlan } from '../../lib/daemon/read-plan.ts';
import { watchLoad } from '../../lib/daemon/autoscaler.ts';
import type { Desired, ProcessSpec } from '../../lib/model.ts';
import { Crew } from '../../lib/supervisor/crew.ts';
import { Supervisor } from '../../lib/supervisor/supervisor.ts';
import { realWorld } from '../../lib/supervisor/world.ts';
import { programSpec } from '../child/program.ts';
import { withFiles } from '../helpers/files.ts';
import { until } from '../helpers/until.ts';

interface Scene {
  readonly supervisor: Supervisor;
  readonly crew: Crew;
  readonly said: string[];
  /** Percent of a core that each instance uses from now on. */
  load: number;
  byHand: boolean;
  /** Looks begun so far, and those under way at a time. */
  looks: number;
  most: number;
}

const INTERVAL = 10;

/** One type with so many instances, looked at every few milliseconds. */
async function withLoad(autoscale: ProcessSpec['autoscale'], first: number, use: (scene: Scene) => Promise<void>): Promise<void> {
  const supervisor = new Supervisor(realWorld(starterInto()));
  const spec = programSpec('command', 'runs-on', { type: 'worker', start: { kind: 'command', line: 'exec sleep 600' }, ...(autoscale && { autoscale }) });
  const part = {
    types: ['worker'],
    rows: (wanted: { quantity(type: string): number; generation(type: string): number }): Desired => [
      { spec, quantity: wanted.quantity('worker'), generation: wanted.generation('worker') },
    ],
  };
  const crew = new Crew(
    supervisor,
    { parts: [part], quantities: new Map([['worker', first]]), generations: new Map() },
    { retire: () => {}, dispose: () => Promise.resolve(supervisor.dispose()) },
  );
  const scene: Scene = { supervisor, crew, said: [], load: 0, byHand: false, looks: 0, most: 0 };
  const used = new Map<number, number>();
  let underWay = 0;
  let last = performance.now();
  const say = (line: string): void => void scene.said.push(line);
  const end = watchLoad({
    ground: { supervisor, crew, logger: { info: say, warn: say, error: say }, isStarted: () => true },
    isByHand: () => scene.byHand,
    isUpgrading: () => false,
    interval: INTERVAL,
    cpuTimes: async () => {
      scene.looks++;
      scene.most = Math.max(scene.most, ++underWay);
      // Longer than the time to the next look.
      await new Promise(resolve => setTimeout(resolve, INTERVAL * 2.5));
      underWay--;
      const now = performance.now();
      for (const { id } of supervisor.instances()) used.set(id, (used.get(id) ?? 0) + (now - last) * 10 * scene.load);
      last = now;
      return new Map(used);
    },
  });
  try {
    await crew.scale(new Map());
    await use(scene);
  } finally {
    end();
    await crew.close();
  }
}

/** So many further looks have come to their end. */
async function looked({ looks }: Scene, scene: Scene, more = 3): Promise<void> {
  await until(() => scene.looks > looks + more, { what: `${more} further looks` });
}

describe('a type that follows its load', () => {
  it('gets more instances when each has too much to do, says why, and never looks twice at a time', async () => {
    await withLoad({ min: 1, max: 3, cpu: 50 }, 1, async scene => {
      await looked({ ...scene }, scene);
      assert.deepEqual(scene.said, [], 'nothing to do is no reason for more');
      scene.load = 200;
      await until(() => scene.supervisor.instances().filter(({ state }) => state === 'ready').length === 3, { what: 'three instances' });
      assert.match(scene.said[0] ?? '', /^worker is scaled from 1 to 3: each uses \d+ % of a core on average, and 50 % are wanted$/);
      await looked({ ...scene }, scene);
      assert.equal(scene.crew.quantity('worker'), 3, 'and no more than the most');
      assert.equal(scene.most, 1);
    });
  });

  it('is brought into its limits, and left alone when somebody has said how many there are, or that there are none', async () => {
    await withLoad({ min: 2, max: 3, cpu: 50 }, 1, async scene => {
      await until(() => scene.crew.quantity('worker') === 2, { what: 'the least' });
      assert.match(scene.said[0] ?? '', /^worker is scaled from 1 to 2: there are to be 2 to 3$/);
      scene.byHand = true;
      await scene.crew.scale(new Map([['worker', 1]]));
      scene.load = 200;
      await looked({ ...scene }, scene);
      assert.equal(scene.crew.quantity('worker'), 1);
      scene.byHand = false;
      await scene.crew.scale(new Map([['worker', 0]]));
      await looked({ ...scene }, scene);
      assert.equal(scene.crew.quantity('worker'), 0);
    });
  });

  it('is not there: then nothing is looked at', async () => {
    await withLoad(undefined, 1, async scene => {
      await withLoad({ min: 1, max: 2, cpu: 50 }, 1, other => looked({ ...other }, other));
      assert.equal(scene.looks, 0);
    });
  });
});

describe('autoscale in a configuration', () => {
  const DESCRIBED = `specVersion: 3
module:
  name: main
  language: Python
  spec:
    processes:
      - { name: web, procCommand: exec sleep 600, replicas: 1, autoscaling: { minReplicas: 2, maxReplicas: 4, policy: default } }
`;

  const planOf = async (
    files: Readonly<Record<string, string>>,
  ): Promise<{ readonly wanted: readonly unknown[]; readonly workers: number; readonly care: unknown }> =>
    withFiles(files, async ({ directory }) => {
      const { beside, settings } = await readPlan({ options: { baseDir: directory }, command: 'start' });
      const { parts, quantities } = beside({ mail: { prefix: directory, secret: '', queueLimit: 1 }, port: 0, mode: 'held' });
      const wanted = { quantity: (type: string) => new Map(quantities).get(type) ?? 0, generation: () => 1 };
      const rows = parts.flatMap(part => part.rows(wanted)).map(({ spec: { type, autoscale }, quantity }) => [type, quantity, autoscale]);
      return { wanted: rows, workers: settings.workers, care: settings.care.autoscale };
    });

  it('is of process types and of the app workers, which begin within their limits', async () => {
    const config =
      'autoscale: { min: 3, max: 8 }\nprocesses:\n  a: { command: sleep 1, autoscale: { max: 6, cpu: 70 } }\n  b: { command: sleep 1, instances: 9, autoscale: { max: 6 } }\n';
    const { wanted, workers, care } = await planOf({ 'brood.config.yaml': config, 'app.js': '' });
    assert.deepEqual(wanted, [
      ['a', 1, { min: 1, max: 6, cpu: 70 }],
      ['b', 6, { min: 1, max: 6, cpu: 85 }],
    ]);
    assert.deepEqual([workers, care], [3, { min: 3, max: 8, cpu: 85 }]);
  });

  it('is that of an app_desc.yaml', async () => {
    const { wanted } = await planOf({ 'app_desc.yaml': DESCRIBED });
    assert.deepEqual(wanted[0], ['web', 2, { min: 2, max: 4, cpu: 85 }]);
  });

  it('must make sense: the mistake is told with its place', async () => {
    const mistakes: readonly (readonly [text: string, code: string, place: string])[] = [
      ['autoscale: { min: 2 }\n', 'BROOD_CONFIG_LACKS', '1:1'],
      ['autoscale: { min: 3, max: 2 }\n', 'BROOD_CONFIG_CONFLICT', '1:22'],
      ['processes: { a: { command: x, maxInstances: 3, autoscale: { max: 4 } } }\n', 'BROOD_CONFIG_CONFLICT', '1:48'],
      ['autoscale: { max: 2, cpu: 0 }\n', 'BROOD_CONFIG_TYPE', '1:27'],
    ];
    for (const [text, code, place] of mistakes) {
      const error: unknown = await withFiles({ 'brood.config.yaml': text }, files =>
        readConfig(files.path('brood.config.yaml'), { env: 'prod', command: 'start' }),
      ).catch((reason: unknown) => reason);
      assert.ok(error instanceof BroodError, text);
      assert.deepEqual([error.code, `${String(error.details['line'])}:${String(error.details['column'])}`], [code, place], text);
    }
  });
});

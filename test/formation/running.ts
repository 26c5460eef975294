/** Process types of fixtures/processes without a cluster, started as the master starts them. */
import path from 'node:path';
import { Writable } from 'node:stream';
import { launch, type Running } from '../../lib/cluster/launch.ts';
import { settle } from '../../lib/cluster/options.ts';
import type { ClusterOptions } from '../../lib/cluster/option-table.ts';
import type { SettledProcess } from '../../lib/formation/config/settled.ts';
import { processesPart, quantitiesOf, type Household } from '../../lib/formation/specs.ts';
import type { Death, Instance } from '../../lib/model.ts';
import { assertGone } from '../helpers/left.ts';
import { fixture } from '../helpers/paths.ts';
import { until } from '../helpers/until.ts';

export const DIRECTORY = fixture('processes');
const BRIEF = { drainTimeout: 5000, killTimeout: 2000, startTimeout: 20_000 } as const;

export interface Formation {
  readonly running: Running;
  ready(type?: string): readonly Instance[];
  /** The next death that matches, of those before too. */
  death(matches?: (death: Death) => boolean): Promise<Death>;
  /** Tells every instance of a type. */
  tell(type: string, deed: string): Promise<void>;
  /** What the processes have written. */
  output(): string;
}

export const file = (name: string): string => path.join(DIRECTORY, name);

/** Starts these types, runs `use`, ends all of it however that ends, and fails when a process is left. */
export async function withProcesses<Result>(
  processes: Readonly<Record<string, SettledProcess>>,
  use: (formation: Formation) => Promise<Result>,
  options: ClusterOptions = {},
): Promise<Result> {
  let text = '';
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  const settings = settle(
    { baseDir: DIRECTORY, lock: false, signals: false, logger: false, output: { stdout: sink, stderr: sink }, ...options },
    { type: 'web', bare: true },
  );
  const brief = Object.fromEntries(Object.entries(processes).map(([type, config]) => [type, { ...BRIEF, ...config }]));
  const running = await launch(settings, {
    hands: () => ({ stop: () => {}, reload: () => {} }),
    message: () => {},
    beside: meeting => {
      const household: Household = { ...settings, ...meeting, flags: settings.runtimes.app.execArgv };
      return {
        parts: [processesPart(brief, household, ({ probes }) => (probes === undefined ? {} : { probes }))],
        quantities: quantitiesOf(brief, settings.cores),
      };
    },
  });
  const { supervisor, crew, post } = running;
  const pids = new Set(supervisor.instances().map(({ pid }) => pid));
  supervisor.on('change', ({ pid }) => void (pid > 0 && pids.add(pid)));
  const deaths: Death[] = [];
  supervisor.on('death', death => deaths.push(death));
  try {
    return await use({
      running,
      ready: type => supervisor.instances().filter(instance => instance.state === 'ready' && (type === undefined || instance.type === type)),
      death: (matches = () => true) => until(() => deaths.find(matches), { what: 'a death', within: 20_000 }),
      tell: async (type, deed) => void (await post.messenger.sendTo(type, 'do', deed)),
      output: () => text,
    });
  } finally {
    await crew.close();
    await assertGone([...pids]);
  }
}

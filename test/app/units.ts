/** An application or agent as a worker makes it, without a cluster around it. */
import { Writable } from 'node:stream';
import { Agent, Application } from '../../lib/app/application.ts';
import { type UnitParts } from '../../lib/app/unit.ts';
import type { Lifecycle } from '../../lib/app/lifecycle.ts';
import { loadUnits } from '../../lib/app/loader.ts';
import { Logger } from '../../lib/app/logger.ts';
import { PROTOCOL_VERSION, type Boot } from '../../lib/protocol.ts';
import type { Messenger } from '../../lib/wire/messenger.ts';
import { fixture } from '../helpers/paths.ts';

export const bootOf = (baseDir: string, changes: Partial<Boot> = {}): Boot => ({
  version: PROTOCOL_VERSION,
  role: 'app',
  type: 'app',
  id: 2,
  slot: 1,
  generation: 1,
  park: false,
  baseDir,
  env: 'test',
  title: 'test',
  require: [],
  listen: { mode: 'held', port: 0 },
  workers: 1,
  startTimeout: 1000,
  drainTimeout: 1000,
  unhandledRejection: 'leave',
  mail: { prefix: '', secret: '', queueLimit: 1 },
  options: { baseDir },
  ...changes,
});

/** Keeps what was written to it. */
export const sink = (): { readonly stream: Writable; readonly lines: () => string[] } => {
  let text = '';
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString();
      done();
    },
  });
  return { stream, lines: () => text.split('\n').filter(Boolean) };
};

export interface Loaded<Kind> {
  readonly unit: Kind;
  readonly steps: readonly string[];
  readonly lines: () => string[];
  /** Settles when the boot is over. */
  readonly lifecycle: Promise<Lifecycle>;
}

// No test of these files sends mail: nothing touches the messenger.
const silent = {} as Messenger;

const load = <Kind extends Application | Agent>(make: new (parts: UnitParts) => Kind, boot: Boot): Loaded<Kind> => {
  const { stream, lines } = sink();
  const logger = new Logger(() => ({ type: boot.type, slot: boot.slot }), { out: stream, err: stream });
  const unit = new make({ boot, messenger: silent, logger });
  const steps: string[] = [];
  return { unit, steps, lines, lifecycle: loadUnits(unit, boot, step => steps.push(step)) };
};

/** Boots the application in fixtures/apps/`name` up to willReady. */
export const loadApp = (name: string, changes: Partial<Boot> = {}): Loaded<Application> => load(Application, bootOf(fixture('apps', name), changes));

export const loadAgent = (name: string, changes: Partial<Boot> = {}): Loaded<Agent> =>
  load(Agent, bootOf(fixture('apps', name), { role: 'agent', type: 'agent', ...changes }));

/** What the hooks of a fixture have left behind in the member `trace`. */
export const traceOf = (unit: object): unknown => ('trace' in unit ? unit.trace : undefined);

/** Takes these variables out of the environment for each test of a suite, and gives them back after it. */
export const keepEnvironment = (names: readonly string[]): void => {
  let kept: Record<string, string | undefined> = {};
  beforeEach(() => {
    kept = Object.fromEntries(names.map(name => [name, process.env[name]]));
    for (const name of names) delete process.env[name];
  });
  afterEach(() => {
    for (const name of names) {
      if (kept[name] === undefined) delete process.env[name];
      else process.env[name] = kept[name];
    }
  });
};

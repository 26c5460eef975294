/** What of a running application is shown: put together when somebody asks, from what is known then. */
import type { Ground } from '../cluster/launch.ts';
import { BroodError } from '../errors.ts';
import type { Address, Instance } from '../model.ts';
import type { Crew } from '../supervisor/crew.ts';
import { showable } from '../formation/config/difference.ts';
import { entriesOf, urlOfEntry } from '../formation/entries.ts';
import { pattern } from '../policy/target.ts';
import { instanceName } from '../supervisor/names.ts';
import { API_VERSION } from './api.ts';
import type { AppStatus, Identity, Inspection, InstanceStatus, MasterStatus, Status } from './api.ts';
import { deathStatus } from './history.ts';
import type { History } from './history.ts';
import type { Plan } from './plan.ts';
import { instanceStatus, outputOf, statusOf } from './status.ts';
import type { Measured, Seen } from './status.ts';
import { urlOf } from './url.ts';
import { ownVersion } from './version.ts';

/** What it looks at. Each throws BROOD_STARTING before it is there. */
export interface Sources {
  readonly history: History;
  readonly ground: () => Ground;
  readonly plan: () => Plan;
  /** Where it listens, once it does. */
  readonly address: () => Address | undefined;
  readonly isStopped: (type: string) => boolean;
  readonly daemon: () => boolean;
  readonly isUpgrading: () => boolean;
  /** What each type has written. */
  readonly output: () => Seen['output'];
  /** Figures of every instance, asked for now. */
  readonly measure: () => Promise<ReadonlyMap<number, Measured>>;
}

const NOTHING_MEASURED: ReadonlyMap<number, Measured> = new Map();

export class View {
  readonly #sources: Sources;
  readonly #started = Date.now();
  /** What is installed may be another one by the time somebody asks. */
  readonly #version = ownVersion();

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  get identity(): Identity {
    return { pid: process.pid, version: this.#version, node: process.version };
  }

  async status(): Promise<Status> {
    const measured = await this.#sources.measure();
    const seen = this.#seen(measured);
    return statusOf(seen, this.#app(), this.#master(seen));
  }

  instance(instance: Instance): InstanceStatus {
    return instanceStatus(instance, this.#seen());
  }

  /** @throws BROOD_TARGET_UNKNOWN for what neither runs nor has run */
  async inspect(name: string): Promise<Inspection> {
    const seen = this.#seen(await this.#sources.measure());
    const { supervisor } = seen.crew;
    const matches = pattern(name);
    const first = supervisor.instances().find(instance => matches.test(instanceName(instance)));
    const known = first === undefined ? seen.history.names.find(one => matches.test(one)) : instanceName(first);
    if (known === undefined) throw new BroodError('BROOD_TARGET_UNKNOWN', { target: name, suggestion: 'What there is: brood ps' });
    const type = first?.type ?? known.replace(/\.\d+$/, '');
    const spec = supervisor.desired.find(row => row.spec.type === type)?.spec;
    const { env: _env, boot: _boot, ...shown } = spec ?? {};
    return {
      apiVersion: API_VERSION,
      kind: 'Instance',
      name: known,
      current: supervisor
        .instances()
        .filter(instance => instanceName(instance) === known)
        .map(instance => instanceStatus(instance, seen)),
      spec: Object.fromEntries(Object.entries(shown).map(([key, value]) => [key, showable(key, value)])),
      output: outputOf(type, seen),
      deaths: seen.history.deaths(known).map(deathStatus),
    };
  }

  #state(crew: Crew): MasterStatus['state'] {
    const { ground, isUpgrading } = this.#sources;
    if (crew.isClosing) return 'stopping';
    if (!ground().isStarted()) return 'starting';
    return crew.isReloading ? 'reloading' : isUpgrading() ? 'upgrading' : 'running';
  }

  #seen(measured: Seen['measured'] = NOTHING_MEASURED): Seen {
    const { history, ground, isStopped, output } = this.#sources;
    return { crew: ground().crew, history, measured, isStopped, output: output(), now: Date.now() };
  }

  #app(): AppStatus {
    const { name, settings, loaded } = this.#sources.plan();
    const address = this.#sources.address();
    const entries = entriesOf(loaded?.config.processes ?? {}).map(entry => ({ type: entry.type, url: urlOfEntry(entry) }));
    return {
      name,
      baseDir: settings.baseDir,
      ...(address === undefined || settings.bare ? {} : { address: urlOf(address) }),
      ...(entries.length === 0 ? {} : { entries }),
      ...(loaded === undefined ? {} : { config: loaded.path }),
      env: settings.env,
    };
  }

  #master({ crew, now }: Seen): MasterStatus {
    return {
      ...this.identity,
      started: new Date(this.#started).toISOString(),
      uptime: now - this.#started,
      state: this.#state(crew),
      daemon: this.#sources.daemon(),
      memory: process.memoryUsage.rss(),
    };
  }
}

/** The master of one application: owns its supervisor, its control socket and its files, from the start to the end. */
import { launch } from '../cluster/launch.ts';
import { loggerOf } from '../cluster/narrate.ts';
import type { Ground, Running } from '../cluster/launch.ts';
import { BroodError } from '../errors.ts';
import type { LogHub } from '../formation/log/hub.ts';
import { Metrics } from '../supervisor/metrics.ts';
import type { Status } from './api.ts';
import { atInstances } from './at-instances.ts';
import { bySignal, report } from './by-signal.ts';
import { Decisions } from './decisions.ts';
import { EventBus } from './event-bus.ts';
import { Front } from './front.ts';
import { healthOf } from './health.ts';
import { History } from './history.ts';
import { inheritedOf, settingsAfter } from './legacy.ts';
import { occasion } from './occasion.ts';
import { Operations } from './operations.ts';
import { listening } from './lines.ts';
import { endWithOthers, postLookouts, tellSignal } from './lookouts.ts';
import { hubOf, intoHub, openLog } from './output.ts';
import { becomeUser, withPidFile } from './own-files.ts';
import type { MasterOptions } from './master-options.ts';
import { makePlaces } from './places.ts';
import type { Places } from './places.ts';
import type { Plan } from './plan.ts';
import { RenewClock } from './renew-clock.ts';
import { runRelease } from './release-command.ts';
import { routesOf } from './routes.ts';
import { doorsOf } from './side-doors.ts';
import { saveQuantities } from './save.ts';
import type { Measured } from './status.ts';
import { Succession } from './succession.ts';
import { Surroundings } from './surroundings.ts';
import { tellOf } from './telling.ts';
import { View } from './view.ts';

export class Master {
  readonly history = new History();
  readonly events = new EventBus();
  readonly #options: MasterOptions;
  readonly #view = new View({
    history: this.history,
    ground: () => this.#ground ?? unreachable(),
    plan: () => this.#plan ?? unreachable(),
    address: () => this.#running?.address,
    isStopped: type => this.#operations?.book.isStopped(type) ?? false,
    daemon: () => this.#options.daemon,
    isUpgrading: () => this.#succession?.isUpgrading ?? false,
    output: () => this.#counts(),
    measure: async () => (await this.#metrics?.perInstance()) ?? new Map<number, Measured>(),
  });
  readonly #counts = (): ReturnType<LogHub['counts']> => this.#hub?.counts() ?? new Map();
  readonly #surroundings = new Surroundings();
  readonly #clock = new RenewClock();
  #hub: LogHub | undefined;
  #metrics: Metrics | undefined;
  /** Told of a plan that was carried through. */
  #accepted: (plan: Plan) => void = () => {};
  #plan: Plan | undefined;
  #decisions: Decisions | undefined;
  #ground: Ground | undefined;
  #running: Running | undefined;
  #operations: Operations | undefined;
  #succession: Succession | undefined;
  #ending: Promise<void> | undefined;
  readonly #over = occasion();
  /** Every process has ended, while the control socket still answers. */
  readonly #gone = occasion();

  constructor(options: MasterOptions) {
    this.#options = options;
  }

  /**
   * Starts the application; resolves when every instance is ready. When it fails nothing is left running.
   *
   * @throws whatever launch() does, BROOD_PLACE, BROOD_CONTROL_SOCKET
   */
  async start(): Promise<Running> {
    const { daemon, predecessor, readPlan } = this.#options;
    const plan = await readPlan(predecessor?.legacy.byHand.environment);
    const places = makePlaces(plan.settings.baseDir);
    const hub = hubOf(plan, daemon, plan.settings.lock ? places : undefined, this.#options.shown);
    [this.#plan, this.#hub] = [plan, hub];
    try {
      return await this.#launch(plan, hub, places);
    } catch (error) {
      if (error instanceof BroodError) hub.system(error.message, 'error');
      await hub.close();
      throw error;
    }
  }

  async #launch(plan: Plan, hub: LogHub, places: Places): Promise<Running> {
    const { daemon, predecessor } = this.#options;
    const told = (signal?: string): void => tellSignal(plan, this.#options, signal);
    const settings = intoHub(withPidFile(plan, daemon, places), hub, daemon);
    const [file, logger, isUpgrade] = [settings.lock ? places.state : undefined, loggerOf(settings.logger), predecessor !== undefined];
    this.#decisions = new Decisions({ file, isNew: !isUpgrade }, plan, text => logger.warn(text));
    this.#running = await launch(predecessor === undefined ? this.#decided().settings(settings) : settingsAfter(predecessor.legacy, settings), {
      message: () => {},
      placed: () => openLog(hub, plan, { isUpgrade, logger }).then(() => this.#decided().settle()),
      hands: ground =>
        bySignal(ground, {
          operations: this.operations,
          reloading: work => this.#surroundings.reload(ground, work),
          failed: error => report(this.#ground, error),
          starting: told,
          end: signal => (told(signal), void this.end()),
          hurry: () => this.hurry(),
          upgrade: () => this.succession().upgrade({}),
        }),
      beside: plan.beside,
      dress: part => this.#clock.over(part),
      inherited:
        predecessor === undefined ? { sockets: this.#surroundings.systemd.sockets, quantities: this.#decided().quantities } : inheritedOf(predecessor.legacy),
      begin: ground => this.#begin(ground, places, settings.pidFile),
    });
    if (predecessor !== undefined) await this.succession().takeOver(predecessor, this.#running);
    await this.#surroundings.started(this.#running);
    this.events.publish({ kind: 'state', state: 'running' });
    return this.#running;
  }

  /** Resolves when everything has ended, and what belongs to the master is put away. */
  get ended(): Promise<void> {
    return this.#over.came;
  }

  /** Ends everything; resolves when every process has ended. `now`: does not wait for what drains. */
  end(now = false): Promise<void> {
    this.#ending ??= this.#end();
    if (now) this.hurry();
    return this.#ending;
  }

  /** Does not wait for what drains. */
  hurry(): void {
    this.#ground?.supervisor.hurry();
    this.#succession?.hurry();
  }

  readonly operations = (): Operations => this.#operations ?? unreachable();
  readonly succession = (): Succession => this.#succession ?? unreachable();
  readonly status = (): Promise<Status> => this.#view.status();
  /** Whoever writes to the terminal now begins a line. */
  readonly freshLine = (): void => this.#hub?.merged?.freshLine();

  readonly #groundNow = (): Ground => this.#ground ?? unreachable();
  readonly #planNow = (): Plan => this.#plan ?? unreachable();
  readonly #decided = (): Decisions => this.#decisions ?? unreachable();

  async #end(): Promise<void> {
    const ground = this.#ground;
    if (ground === undefined) return;
    const aborted = this.#succession?.abort();
    // When everything has ended by itself there is nothing to wait for.
    if (ground.supervisor.instances().length > 0) this.#options.onEvent?.({ kind: 'state', state: 'stopping' });
    this.events.publish({ kind: 'state', state: 'stopping' });
    void this.#surroundings.stopping();
    if (ground.isStarted()) {
      void ground.crew.close().then(async () => {
        await this.#hub?.close();
        this.#over.comes();
      });
      await aborted;
      return this.#gone.came;
    }
    ground.abortStart();
    return this.#gone.came;
  }

  /** Before the first process: whoever wants to stop a start must be able to say so. */
  async #begin(ground: Ground, places: Places, pidFile: string | undefined): Promise<void> {
    this.#ground = ground;
    const accepted = this.#plan ?? unreachable();
    const { supervisor, undo } = ground;
    const { predecessor, daemon } = this.#options;
    if (predecessor !== undefined) this.history.resume(predecessor.legacy.past);
    this.history.follow(supervisor);
    ground.logs.also(async () => this.#hub?.reopen());
    this.#metrics = new Metrics(supervisor, { version: this.#view.identity.version, output: this.#counts });
    undo.push(...postLookouts(ground, accepted, { clock: this.#clock, metrics: this.#metrics, operations: this.operations, succession: this.succession }));
    tellOf(supervisor, { events: this.events, view: this.#view, onEvent: this.#options.onEvent });
    const operations = new Operations(
      {
        ground,
        isUpgrading: () => this.#succession?.isUpgrading ?? false,
        plan: () => this.#plan ?? unreachable(),
        readPlan: this.#options.readPlan,
        dress: part => this.#clock.over(part),
        accept: plan => {
          this.#plan = plan;
          this.#accepted(plan);
        },
        end: now => this.end(now),
        keep: this.#decided().keep,
        save: quantities => saveQuantities(this.#plan ?? unreachable(), quantities),
      },
      predecessor?.legacy.byHand ?? this.#decided().before,
    );
    this.#operations = operations;
    const routes = this.#routes();
    const front = new Front({ places, routes, lock: ground.lock, pidFile });
    const doors = doorsOf(ground, { routes, metrics: this.#metrics, failed: error => report(ground, error) });
    this.#succession = new Succession({
      ground,
      front,
      operations,
      daemon,
      history: this.history,
      surroundings: this.#surroundings,
      identity: this.#view.identity,
      end: () => this.end(),
      ended: this.#over.came,
      leave: () => void doors.close(),
      failed: error => report(ground, error),
    });
    undo.push(async () => {
      this.#gone.comes();
      await Promise.all([front.close(), doors.close(), this.#surroundings.close()]);
    });
    if (predecessor === undefined) await Promise.all([front.open(), doors.open(accepted)]);
    else void doors.openWhenFree(accepted);
    this.#accepted = now => doors.follow(now);
    becomeUser(accepted, places);
    if (this.#options.release === true) await runRelease(accepted, ground, this.#hub ?? unreachable());
    endWithOthers(ground, () => this.end());
  }

  #routes(): ReturnType<typeof routesOf> {
    return routesOf({
      operations: this.operations,
      status: this.status,
      inspect: name => this.#view.inspect(name),
      upgrade: order => this.succession().upgrade(order),
      condition: () => healthOf(this.#ground ?? unreachable()),
      metrics: async () => (await this.#metrics?.text()) ?? '',
      failed: error => report(this.#ground, error),
      ...atInstances(this.#groundNow, this.#planNow),
      ...listening(this.events, () => this.#hub ?? unreachable()),
    });
  }
}

/** What begins with launch() is there before anything asks for it. */
function unreachable(): never {
  throw new BroodError('BROOD_STARTING');
}

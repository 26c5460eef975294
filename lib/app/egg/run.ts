/** Runs the agent or an app worker of an application on egg: boot, serve, be told, leave. */
import type { Boot, EggBoot, ToChild } from '../../protocol.ts';
import { readBoot } from '../boot.ts';
import { failBoot } from '../faults.ts';
import { Leave } from '../leave.ts';
import { everyListenAnswered, hearListen, shareServers } from '../listen.ts';
import { surviveClosedOutput } from '../logger.ts';
import { countAsTold } from '../observe/limit.ts';
import { answerSample } from '../observe/sample.ts';
import { listenToParent, tell } from '../parent.ts';
import { addressOf, followServers } from '../servers.ts';
import { Probes } from '../probes.ts';
import { obeySignals } from '../signals.ts';
import { startSticky, type StickyWorker } from '../sticky/start.ts';
import { EGG_LINES, watchEventLoop } from '../watchdog/start.ts';
import { eggConsole } from './console.ts';
import { handleEggFaults } from './faults.ts';
import { loadFramework, loadRequiredModules } from './framework.ts';
import type { EggApplication, EggUnit } from './framework.ts';
import { keepUnheard } from './unheard.ts';
import { placeOf, serve } from './serve.ts';

type EggBootOf = Boot & { readonly egg: EggBoot };

/** What this process is while it runs; filled as it boots. */
interface Running {
  readonly boot: EggBootOf;
  /** `app_worker` or `agent_worker`. */
  readonly label: string;
  readonly leave: Leave;
  readonly probes: Probes;
  unit: EggUnit | undefined;
  /** With the option `sticky`. */
  sticky: StickyWorker | undefined;
  booted: boolean;
  serve: (slot: number) => void;
}

const step = (name: string): void => void tell({ kind: 'step', step: name });

function readEggBoot(): EggBootOf {
  const options = readBoot();
  if (options.egg === undefined) throw new Error('this file is started by Brood for an application on egg');
  return { ...options, egg: options.egg };
}

/** Stable numbers that Egg's users know from cfork: the index of the slot, from 0, and how many there are. */
function setEnvironment({ role, slot, workers }: Boot): void {
  if (process.env['NODE_ENV'] === 'production') process.env['NO_DEPRECATION'] = '*';
  if (role !== 'app') return;
  process.env['CFORK_WORKER_INDEX'] = String(Math.max(0, slot - 1));
  process.env['CFORK_WORKER_COUNT'] = String(workers);
}

function hear(running: Running, message: ToChild, handle: unknown): void {
  if (hearListen(message, handle) || running.leave.hear(message) || running.probes.hear(message) || running.sticky?.hear(message) === true) return;
  switch (message.kind) {
    case 'serve':
      return running.serve(message.slot);
    case 'sample':
      return void answerSample(message.seq);
    case 'reopen':
      running.unit?.loggers?.reload?.();
      return void tell({ kind: 'reopened', seq: message.seq });
    default:
      return;
  }
}

/** Resolves when the hooks up to willReady are done; rejects with the application's own error. */
function ready(unit: EggUnit, role: Boot['role']): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: unknown): void => reject(error instanceof Error ? error : new Error(String(error)));
    // In a worker that event is about requests, too.
    if (role === 'agent') unit.once('error', failed);
    unit.once('startTimeout', () => reject(new Error('the application was not ready within config.workerStartTimeout')));
    unit.ready(error => {
      if (error !== undefined && error !== null) return failed(error);
      unit.off('error', failed);
      unit.removeAllListeners('startTimeout');
      resolve();
    });
  });
}

async function serveApp(app: EggApplication, slot: number, running: Running): Promise<void> {
  const place = placeOf(app, slot);
  app.options['port'] = place.port;
  process.send?.({ action: 'realport', data: { port: place.port, protocol: place.protocol }, to: 'master' });
  const server = await serve(app, place);
  await everyListenAnswered();
  const address = addressOf(server);
  running.booted = true;
  await tell(address === undefined ? { kind: 'ready' } : { kind: 'ready', address });
  watchEventLoop(running.boot, slot, () => EGG_LINES);
}

async function boot(running: Running): Promise<void> {
  const { boot: options } = running;
  if (options.role === 'app') shareServers(error => eggConsole.error(`[app_worker] ${error.message}`));
  step(`the framework ${options.egg.directory}`);
  await loadRequiredModules(options, options.egg.load);
  const { Application, Agent } = await loadFramework(options.egg);
  step(options.role === 'app' ? 'the hooks of the application' : 'the hooks of the agent');
  const app = options.role === 'app' ? new Application({ ...options.options }) : undefined;
  const unit = app ?? new Agent({ ...options.options });
  running.unit = unit;
  // Its messenger listens from here on: what was held for it can be sent.
  void tell({ kind: 'hello' });
  const heard = unit.messenger === undefined ? () => {} : keepUnheard(unit.messenger);
  await ready(unit, options.role);
  heard();
  let { slot } = options;
  if (options.park) {
    const served = new Promise<number>(resolve => (running.serve = resolve));
    void tell({ kind: 'booted' });
    slot = await served;
    setEnvironment({ ...options, slot });
  }
  if (app === undefined) {
    running.booted = true;
    await tell({ kind: 'ready' });
    watchEventLoop(options, slot, () => EGG_LINES);
    return;
  }
  const { sticky } = options.listen;
  if (sticky !== undefined) running.sticky = await startSticky(options, sticky);
  step('listen');
  await serveApp(app, slot, running);
}

/** Runs this process as the master's boot options say. */
export async function runEgg(): Promise<void> {
  // Where the running Node.js has one; egg loads some thousand files.
  process.getBuiltinModule('node:module').enableCompileCache?.();
  const options = readEggBoot();
  setEnvironment(options);
  surviveClosedOutput();
  const label = options.role === 'app' ? 'app_worker' : 'agent_worker';
  const running: Running = {
    boot: options,
    label,
    leave: new Leave(
      {
        drainTimeout: options.drainTimeout,
        idleTimeout: options.idleTimeout,
        handedOver: options.listen.mode === 'round-robin',
        hooksTimeout: options.egg.closeTimeout,
      },
      {
        drain: () => Promise.resolve(running.sticky?.leave()),
        close: async () => running.unit?.close(),
        flush: () => Promise.resolve(),
        report: message => eggConsole.error(`[${label}] ${message}`),
      },
    ),
    probes: new Probes(() => undefined),
    unit: undefined,
    sticky: undefined,
    booted: false,
    serve: () => {},
  };
  countAsTold(options, () => running.booted && running.leave.departure === undefined);
  process.once('exit', code => (code === 0 ? eggConsole.info : eggConsole.error)(`[${label}] exit with code:${code}`));
  handleEggFaults({ role: options.role, leave: running.leave, unit: () => running.unit, booted: () => running.booted });
  const signals = obeySignals(running.leave);
  listenToParent(
    (message, handle) => hear(running, message, handle),
    // Egg's messenger listens by itself.
    () => {},
  );
  // The server of cluster-client in the agent is closed by its owner; it would open another in place of one that we close.
  if (options.role === 'app') followServers(() => {}, options.mail.prefix);
  try {
    await boot(running);
    signals.booted(options.drainTimeout + options.egg.closeTimeout);
  } catch (error) {
    if (running.leave.departure !== undefined) return;
    eggConsole.error(`[${label}] start error, exiting with code:1`);
    await failBoot(error, running.leave);
  }
}

/** `brood start`: runs an application, in the foreground until it is told to end, or in the background. */
import { existsSync } from 'node:fs';
import { failed, isInBackground, leaveStarter, startInBackground, tellStarter } from '../daemon/background.ts';
import type { Word } from '../daemon/background.ts';
import { shownPath } from '../daemon/config-place.ts';
import { readPlan } from '../daemon/read-plan.ts';
import type { Input } from '../daemon/read-plan.ts';
import { ControlClient } from '../daemon/control-client.ts';
import { Master } from '../daemon/master.ts';
import type { MasterOptions } from '../daemon/master-options.ts';
import { Predecessor } from '../daemon/predecessor.ts';
import { hideTrimming } from '../daemon/trim.ts';
import type { ControlEvent, InstanceStatus, Status } from '../daemon/api.ts';
import { warningsOf } from '../daemon/output.ts';
import type { Plan } from '../daemon/plan.ts';
import { systemLine } from '../policy/log-line.ts';
import { speakOf, timeoutOf } from './client.ts';
import type { Running } from '../cluster/launch.ts';
import { firstMoments } from '../daemon/first-moments.ts';
import { BroodError } from '../errors.ts';
import { ROUTER } from '../formation/router-spec.ts';
import { startError } from '../supervisor/failure.ts';
import { counted } from '../policy/plural.ts';
import type { Given } from './command.ts';
import { Progress, withProgress } from './progress.ts';
import { took } from './render/units.ts';
import { startInputOf } from './target.ts';
import type { StartInput } from './target.ts';
import { urlOf } from '../daemon/url.ts';
import { say } from './tell.ts';

const isWorker = ({ type, ready }: InstanceStatus): boolean => type !== 'agent' && type !== ROUTER && ready;

/** What of it runs: the agent and the workers of a cluster, or the instances of process types. */
function runningOf({ app, items }: Status): string {
  const ready = items.filter(isWorker).length;
  if (app.address === undefined) return counted(ready, 'process', 'processes');
  return `${items.some(({ type }) => type === 'agent') ? 'agent and ' : ''}${counted(ready, 'worker')}`;
}

function tellReady(status: Status, where: string, milliseconds: number): void {
  if (status.items.length > 0) tellBegun(status, where, milliseconds);
  tellStill(status);
}

function tellBegun(status: Status, where: string, milliseconds: number): void {
  const places = [where, ...(status.app.entries ?? []).map(({ type, url }) => `${url} (${type})`)].filter(place => place !== '');
  const began = places.length === 0 ? '' : `${places.join('  ')}   `;
  say(`${began}${runningOf(status)} ready in ${Math.round(milliseconds)} ms, master pid ${status.master.pid}`);
}

/** What does not run, for somebody has said so before; where nothing is wanted the master waits for somebody to say otherwise. */
function tellStill({ types, items }: Status): void {
  const isIdle = types.every(({ wanted }) => wanted === 0);
  const stopped = types.filter(({ state }) => state === 'stopped').map(({ type }) => type);
  const scaled = types.filter(({ wanted, state }) => wanted === 0 && state !== 'stopped').map(({ type }) => type);
  if (stopped.length > 0 && (isIdle || items.length > 0)) say(`Stopped by hand before, and so still: ${stopped.join(', ')}.  brood start ${stopped.join(' ')}`);
  if (isIdle && scaled.length > 0) say(`Nothing runs: ${scaled.join(', ')} scaled to 0.  brood scale ${scaled.map(type => `${type}=1`).join(' ')}`);
}

/** How a master is started: by whom, and who hears of it. */
interface Situation {
  /** Somebody sits before it: it is no daemon, nor a service of systemd. */
  readonly isAttended: boolean;
  readonly isBackground: boolean;
  readonly isDaemon: boolean;
  readonly predecessor: Predecessor | undefined;
}

function situationOf(predecessor: Predecessor | undefined): Situation {
  const isBackground = isInBackground();
  const isDaemon = isBackground || predecessor?.legacy.daemon === true;
  return { isAttended: !isDaemon && process.env['NOTIFY_SOCKET'] === undefined, isBackground, isDaemon, predecessor };
}

/** Resolves with the exit code when the application has ended. */
async function inForeground(said: StartInput, { isAttended, isBackground, isDaemon, predecessor }: Situation): Promise<number> {
  const { input } = said;
  const began = process.uptime();
  const onEvent = (event: ControlEvent): void => {
    if (isBackground) void tellStarter({ kind: 'event', event });
    else if (event.kind === 'state' && event.state === 'stopping') {
      master.freshLine();
      say('Stopping: what has begun is finished. Once more ends at once.');
    }
  };
  const master: Master = new Master({
    daemon: isDaemon,
    predecessor,
    shown: isDaemon ? undefined : said.shown,
    statusOfSignals: isAttended ? !said.zeroOnSignal : undefined,
    release: said.release && predecessor === undefined,
    readPlan: planReader(input, plan => {
      if (isBackground) for (const warning of warningsOf(plan)) onEvent({ kind: 'log', line: systemLine(warning, Date.now()) });
    }),
    onEvent,
  });
  const running = await startIn(master);
  if (running === undefined) return exitCode();
  if (isBackground) {
    await tellStarter(await outcomeOf(running, master));
    leaveStarter();
  } else if (!running.crew.isClosing) {
    const status = await master.status();
    master.freshLine();
    const everywhere = 'host' in running.address && running.address.host === '0.0.0.0' ? ' (on every address)' : '';
    tellReady(status, status.app.address === undefined ? '' : `${urlOf(running.address)}${everywhere}`, (process.uptime() - began) * 1000);
  }
  await master.ended;
  return exitCode();
}

/** Without the file that it was read from an application may be another one, or none. */
const lostError = (error: unknown, file: string | undefined): unknown =>
  error instanceof BroodError && error.code === 'BROOD_HOOKS_MISSING' && file !== undefined && !existsSync(file)
    ? new BroodError('BROOD_CONFIG_GONE', { file: shownPath(file) })
    : error;

/** Reads the plan, again and again: a type that the command line names may leave the files meanwhile, and so may they the directory. */
function planReader(input: Input, tellFirst: (plan: Plan) => void): MasterOptions['readPlan'] {
  const known = new Set<string>();
  let tell: typeof tellFirst | undefined = tellFirst;
  let file: string | undefined;
  return async variables => {
    const read = readPlan({ ...input, formation: { ...input.formation, known: [...known] } }, variables);
    const plan = await read.catch((error: unknown) => Promise.reject(lostError(error, file)));
    file = plan.loaded?.path;
    tell?.(plan);
    tell = undefined;
    for (const type of Object.keys(plan.loaded?.config.processes ?? {})) known.add(type);
    return plan;
  };
}

const exitCode = (): number => (typeof process.exitCode === 'number' ? process.exitCode : 0);

/** `undefined`: it was ended while it started, by a process whose end is the end of all. */
async function startIn(master: Master): Promise<Running | undefined> {
  try {
    return await master.start();
  } catch (error) {
    if (error instanceof BroodError && error.code === 'BROOD_START_ABORTED' && typeof process.exitCode === 'number') return undefined;
    throw error;
  }
}

/** What whoever has started it is told. @throws BROOD_START_FAILED, BROOD_START_ABORTED, with nothing left running */
async function outcomeOf(running: Running, master: Master): Promise<Word> {
  const outcome = await firstMoments(running);
  if (outcome === 'stays') return { kind: 'ready', status: await master.status() };
  if (outcome === 'completed') return { kind: 'completed' };
  await master.end();
  throw outcome === 'aborted' ? new BroodError('BROOD_START_ABORTED') : startError(outcome);
}

/** The master is another process; this one waits until it is ready. */
async function inBackground(baseDir: string): Promise<number> {
  speakOf(baseDir);
  const began = performance.now();
  const args = process.argv.slice(1).filter(word => word !== '-d' && word !== '--daemon');
  const abort = new AbortController();
  const giveUp = (): void => abort.abort();
  process.on('SIGINT', giveUp).on('SIGTERM', giveUp);
  const progress = new Progress({ keep: false });
  const warnings: string[] = [];
  const onEvent = (event: ControlEvent): void => {
    if (event.kind === 'log') warnings.push(event.line.text);
    else progress.note(event);
  };
  const status = await startInBackground({ baseDir, args, onEvent, signal: abort.signal }).finally(() => progress.end());
  for (const warning of warnings) say(`warning: ${warning}`);
  if (status === undefined) {
    say('Everything has completed.');
    return 0;
  }
  tellReady(status, status.app.address ?? (status.app.entries === undefined ? status.app.name : ''), performance.now() - began);
  say(`Running in the background.  brood ps  brood logs -f  brood reload  brood stop`);
  return 0;
}

async function areTypes(words: readonly string[], client: ControlClient): Promise<boolean> {
  const { types } = await client.status();
  return words.every(word => types.some(({ type }) => type === word));
}

/** `brood start worker`, where an application runs that has such a type: starts what was stopped by hand. */
async function startTypes(words: readonly string[], given: Given): Promise<number | undefined> {
  if (words.length === 0) return undefined;
  const client = await ControlClient.find(process.cwd());
  if (client === undefined) return undefined;
  // A cluster in the directory web is called web as like as not; ./web is an application of its own.
  if (words.some(word => existsSync(word)) && !(await areTypes(words, client))) return undefined;
  const done = await withProgress(client, { keep: true }, () => client.order('start', { targets: words, timeout: timeoutOf(given) }));
  say(`Started ${words.join(', ')} in ${took(done.took)}`);
  return 0;
}

/** Resolves with the exit code. */
export async function start(words: readonly string[], given: Given): Promise<number> {
  hideTrimming();
  const predecessor = await Predecessor.find();
  const started = predecessor === undefined ? await startTypes(words, given) : undefined;
  if (started !== undefined) return started;
  const { daemon, ...flags } = given;
  if (daemon === true) {
    const { input, shown } = await startInputOf(words, flags, false);
    if (shown.asked)
      say('--quiet, --no-prefix, --timestamps and --json are for the foreground: in the background files keep everything, and brood logs shows it.');
    return inBackground(input.options.baseDir ?? process.cwd());
  }
  const situation = situationOf(predecessor);
  try {
    return await inForeground(await startInputOf(words, flags, situation.isAttended), situation);
  } catch (error) {
    if (situation.isBackground || predecessor !== undefined) await failed(error);
    throw error;
  }
}

/** createApp(): agent and application in the process of the test, with their messengers bridged. */
import { Agent, Application } from '../app/application.ts';
import type { Unit } from '../app/unit.ts';
import { BroodError } from '../errors.ts';
import type { Peer } from '../model.ts';
import { Messenger } from '../wire/messenger.ts';
import { bootFor, loggerFor, settleApp } from './app-options.ts';
import type { AppSettings, TestAppOptions } from './app-options.ts';
import { LogBook } from './logs.ts';
import { MemoryMesh } from './memory-mesh.ts';
import type { Neighbourhood } from './memory-mesh.ts';
import { MessageSpy, tapFor } from './messages.ts';
import { noteGone, noteOpened } from './opened.ts';
import type { AgentShape, AppShape, PartsOfApp } from './parts.ts';
import { TestApp } from './test-app.ts';
import { InProcess } from './unit.ts';

const MASTER = { id: 0, type: 'master' } as const;
const AGENT = { id: 1, type: 'agent' } as const;
const APP = { id: 2, type: 'app' } as const;
const ALL = [MASTER, AGENT, APP] as const;

const nameOf = (id: number): string => ALL.find(one => one.id === id)?.type ?? String(id);

/** All have one pid. Mail to it goes to the first who has it: to another than the sender, as where each has its own. */
const rosterFor = (self: number): readonly Peer[] =>
  ALL.toSorted((one, other) => Number(one.id === self || one === MASTER) - Number(other.id === self || other === MASTER)).map(({ id, type }) => ({
    id,
    type,
    slot: 1,
    pid: process.pid,
    state: 'ready',
    reachable: false,
  }));

function assemble({ settings, log }: AppSettings): PartsOfApp {
  const neighbours: Neighbourhood = new Map();
  const spy = new MessageSpy();
  const logs = new LogBook();
  const connect = ({ id, type }: (typeof ALL)[number]): { readonly mesh: MemoryMesh; readonly messenger: Messenger } => {
    const mesh = new MemoryMesh(id, settings.mailLimit, neighbours);
    const messenger = new Messenger(mesh, { self: { id, type, pid: process.pid } });
    messenger.tap(tapFor(spy, type, nameOf));
    return { mesh, messenger };
  };
  const inProcess = <Kind extends Application | Agent>(
    make: new (parts: ConstructorParameters<typeof Unit>[0]) => Kind,
    role: 'app' | 'agent',
    who: typeof APP | typeof AGENT,
  ): InProcess<Kind> => {
    const { mesh, messenger } = connect(who);
    const boot = bootFor(settings, role, who.id);
    const logger = loggerFor(who.type, log);
    logs.follow(logger, who.type);
    return new InProcess({ unit: new make({ boot, messenger, logger }), boot, mesh });
  };
  const master = connect(MASTER);
  const agent = inProcess(Agent, 'agent', AGENT);
  const application = inProcess(Application, 'app', APP);
  const close = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const unit of [application, agent]) await unit.close(settings.drainTimeout).catch((error: unknown) => failures.push(error));
    await master.mesh.close();
    logs.close();
    if (failures.length > 0) throw failures[0];
  };
  const deliver = async (): Promise<void> => void (await Promise.all([...neighbours.values()].map(mesh => mesh.flush())));
  return { settings, application, agent, master: master.messenger, spy, logs, deliver, close };
}

async function start({ agent, application, master, deliver }: PartsOfApp): Promise<void> {
  await agent.start();
  await application.start();
  const messengers = [master, agent.unit.messenger, application.unit.messenger];
  messengers.forEach((messenger, index) => messenger.setRoster(rosterFor(index)));
  for (const messenger of messengers) messenger.open();
  for (const messenger of messengers) messenger.everyoneReady();
  // What was held has arrived before the test goes on.
  await deliver();
  await agent.everyoneReady();
  await application.everyoneReady();
}

/**
 * Starts an application in this process: its agent, then its app with everything that it serves, on a free port of 127.0.0.1.
 * Hooks, configuration, plugins, guests and messages work as in real processes; nothing of this process is taken over, and an
 * uncaught exception stays the runner's. Resolves when the hooks of serverDidReady are done.
 *
 * @param options see {@link TestAppOptions}; all times in milliseconds
 * @throws the coded errors of startCluster() for options, hooks, configuration, guests; BROOD_START_TIMEOUT
 */
export async function createApp<App extends AppShape = Application, OwnAgent extends AgentShape = Agent>(
  options: TestAppOptions = {},
): Promise<TestApp<App, OwnAgent>> {
  const opened = noteOpened('createApp()');
  try {
    const parts = assemble(settleApp(options));
    try {
      await start(parts);
    } catch (error) {
      await parts.close();
      throw error;
    }
    return new TestApp<App, OwnAgent>(opened, parts);
  } catch (error) {
    opened.closed = opened.place;
    noteGone(opened);
    throw error instanceof Error ? error : new BroodError('BROOD_START_FAILED', { name: 'createApp()', reason: String(error), remedy: '' });
  }
}

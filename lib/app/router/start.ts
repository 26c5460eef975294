/** Runs a router: listens at its entries, is told who serves, leaves as every worker does. */
import type { Server } from 'node:net';
import { titleOf } from '../../policy/title.ts';
import type { BackendsOfEntry } from '../../entries.ts';
import type { Boot, ToChild } from '../../protocol.ts';
import { readBoot } from '../boot.ts';
import { bootOrFail, handleFaults } from '../faults.ts';
import { Leave } from '../leave.ts';
import { hearListen, shareServers } from '../listen.ts';
import { countAsTold } from '../observe/limit.ts';
import { answerSample } from '../observe/sample.ts';
import { listenToParent, tell } from '../parent.ts';
import { addressOf, listenerOf, listening } from '../servers.ts';
import { obeySignals } from '../signals.ts';
import { PLAIN, watchEventLoop } from '../watchdog/start.ts';
import { Entry } from './entry.ts';
import { httpServer } from './http.ts';
import { tcpServer } from './tcp.ts';

const nothing = (): Promise<void> => Promise.resolve();

function leaveOf({ drainTimeout, idleTimeout, listen }: Boot): Leave {
  return new Leave(
    { drainTimeout, idleTimeout, handedOver: listen.mode === 'round-robin' },
    { drain: nothing, close: nothing, flush: nothing, report: message => console.warn(message) },
  );
}

async function open(entry: Entry): Promise<Server> {
  const { protocol, port, host } = entry.boot;
  const server = protocol === 'http' ? httpServer(entry) : tcpServer(entry);
  listenerOf(server);
  await listening(server, host === undefined ? { port } : { port, host });
  return server;
}

async function boot(entries: readonly Entry[]): Promise<void> {
  void tell({ kind: 'step', step: 'listen' });
  const servers = await Promise.all(entries.map(open));
  const address = servers[0] === undefined ? undefined : addressOf(servers[0]);
  await tell(address === undefined ? { kind: 'ready' } : { kind: 'ready', address });
}

/** A type may be reached at several entries. */
function tellAll(entries: readonly Entry[], { entry, backends, closed }: BackendsOfEntry): void {
  for (const one of entries) if (one.boot.entry === entry) one.set(backends, closed);
}

function hear(entries: readonly Entry[], message: ToChild): void {
  if (message.kind === 'backends') for (const told of message.entries) tellAll(entries, told);
  else if (message.kind === 'sample') void answerSample(message.seq);
  // It writes no log files.
  else if (message.kind === 'reopen') void tell({ kind: 'reopened', seq: message.seq });
}

/** Runs this process as the master's boot options say. */
export async function runRouter(): Promise<void> {
  const options = readBoot();
  if (options.router === undefined) throw new Error('this process was started without entries');
  process.title = titleOf(options.title, options.slot > 0 ? `${options.type}.${options.slot}` : options.type);
  const entries = options.router.map(one => new Entry(one));
  const leave = leaveOf(options);
  let booted = false;
  countAsTold(options, () => booted && leave.departure === undefined);
  handleFaults({
    role: options.role,
    unhandledRejection: options.unhandledRejection,
    leave,
    unit: () => undefined,
    booted: () => booted,
    ignored: () => [],
    log: (reason, error) => console.error(`${reason}:`, error),
  });
  const signals = obeySignals(leave);
  listenToParent(
    (message, handle) => {
      if (!hearListen(message, handle) && !leave.hear(message)) hear(entries, message);
    },
    () => {},
  );
  shareServers(error => console.error(error.message));
  await bootOrFail(leave, async () => {
    await boot(entries);
    booted = true;
    signals.booted(options.drainTimeout * 2);
    watchEventLoop(options, options.slot, () => PLAIN);
  });
}

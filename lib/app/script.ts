/** Makes an unchanged script a worker: it shares its sockets, is ready when its first server listens, and leaves in good order. */
import type { Server } from 'node:net';
import type { Boot } from '../protocol.ts';
import { titleOf } from '../policy/title.ts';
import { readBoot } from './boot.ts';
import { handleFaults } from './faults.ts';
import { Leave } from './leave.ts';
import { hearListen, shareServers } from './listen.ts';
import { loadRequired } from './loader.ts';
import { explain } from './module.ts';
import { countAsTold } from './observe/limit.ts';
import { answerSample } from './observe/sample.ts';
import { listenToParent, tell } from './parent.ts';
import { addressOf, followServers } from './servers.ts';
import type { Told } from './servers.ts';
import { Probes } from './probes.ts';
import { obeySignals } from './signals.ts';
import { startSticky, type StickyWorker } from './sticky/start.ts';
import { PLAIN, watchEventLoop } from './watchdog/start.ts';

/** Tells once, at the first of: a server listens; the script says `process.send('ready')`; or whoever calls `now()`. */
function tellWhenReady(park: Promise<void> | undefined, ready: () => void): { readonly server: (server: Server) => void; readonly now: () => void } {
  let told = false;
  const tellOnce = (address: Told | undefined): void => {
    if (told) return;
    told = true;
    ready();
    void tell(address === undefined ? { kind: 'ready' } : { kind: 'ready', address });
  };
  const send = process.send?.bind(process);
  if (send !== undefined) {
    // The word of pm2's wait_ready; everything else goes its way.
    const heard = (...message: Parameters<typeof send>): boolean => {
      if (message[0] === 'ready') void Promise.resolve(park).then(() => tellOnce(undefined));
      return send(...message);
    };
    process.send = heard as typeof send;
  }
  return { server: server => server.once('listening', () => tellOnce(addressOf(server))), now: () => tellOnce(undefined) };
}

/** A script has no hooks, and no messages of ours: all there is to do on the way out is the drain. */
function leaveOf({ drainTimeout, idleTimeout, listen }: Boot, drain: () => Promise<void>): Leave {
  const nothing = (): Promise<void> => Promise.resolve();
  return new Leave(
    { drainTimeout, idleTimeout, handedOver: listen.mode === 'round-robin' },
    { drain, close: nothing, flush: nothing, report: message => console.warn(message) },
  );
}

/** Runs before the main module. */
export async function runScript(): Promise<void> {
  const boot = readBoot();
  process.title = titleOf(boot.title, boot.slot > 0 ? `${boot.type}.${boot.slot}` : boot.type);
  let booted = false;
  let { slot } = boot;
  let sticky: StickyWorker | undefined;
  const probes = new Probes(() => undefined);
  const leave = leaveOf(boot, () => Promise.resolve(sticky?.leave()));
  countAsTold(boot, () => booted && leave.departure === undefined);
  handleFaults({
    role: 'app',
    unhandledRejection: boot.unhandledRejection,
    leave,
    unit: () => undefined,
    booted: () => booted,
    ignored: () => [],
    // Also what cannot be parsed has a place, which its error alone does not tell.
    frameOf: async error => (await explain(process.argv[1] ?? '', error, boot.baseDir)).frame,
    log: (reason, error) => console.error(`${reason}:`, error),
  });
  const signals = obeySignals(leave);
  let serve: () => void = () => {};
  const parked = boot.park ? new Promise<void>(resolve => (serve = resolve)) : undefined;
  listenToParent(
    (message, handle) => {
      if (hearListen(message, handle) || leave.hear(message) || probes.hear(message) || sticky?.hear(message) === true) return;
      // A script writes its files itself.
      if (message.kind === 'reopen') void tell({ kind: 'reopened', seq: message.seq });
      else if (message.kind === 'sample') void answerSample(message.seq);
      else if (message.kind === 'serve') {
        ({ slot } = message);
        serve();
      }
    },
    // The script's own listeners of `message` hear it as well.
    () => {},
  );
  const readiness = tellWhenReady(parked, () => {
    booted = true;
    setImmediate(() => signals.becomeGraceful(boot.drainTimeout * 2 + 60_000));
    watchEventLoop(boot, slot, () => PLAIN);
  });
  followServers(readiness.server, boot.mail.prefix);
  shareServers(error => console.error(error.message));
  if (boot.listen.sticky !== undefined) sticky = await startSticky(boot, boot.listen.sticky);
  void tell({ kind: 'step', step: `${boot.script ?? 'the script'}, which has opened no server yet; a file of hooks is started by its directory` });
  await loadRequired(boot, step => void tell({ kind: 'step', step }));
  if (parked !== undefined) {
    void tell({ kind: 'booted' });
    await parked;
  }
  if (boot.scriptReady === 'spawn') readiness.now();
}

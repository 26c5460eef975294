/**
 * Exceptions in the processes of an Egg application. Egg itself hears them first of all in a worker, through the package
 * graceful, which it installs with the event `server`: it logs them, knows the codes to be ignored, says
 * `graceful:disconnect` and disconnects. Here the disconnect begins the way out that loses no request.
 */
import cluster from 'node:cluster';
import { Server } from 'node:net';
import { childErrorOf, failBoot } from '../faults.ts';
import type { Leave } from '../leave.ts';
import { isThread } from '../parent.ts';
import { allListeners } from '../servers.ts';
import type { EggUnit } from './framework.ts';

export interface EggFaultRules {
  readonly role: 'app' | 'agent';
  readonly leave: Leave;
  readonly unit: () => EggUnit | undefined;
  readonly booted: () => boolean;
}

/** Stops accepting and nothing else: http's own close() cuts idle connections while clients write on them. */
function closeSoftly(): void {
  for (const { server } of allListeners()) {
    server.close = (callback?: (error?: Error) => void) => {
      Server.prototype.close.call(server, callback);
      return server;
    };
  }
}

/** Whether somebody else hears uncaught exceptions, who logs them and decides. */
const othersHear = (): boolean => process.listenerCount('uncaughtException') > 1;

/** `config.serverGracefulIgnoreCode`: codes of errors that are no reason to leave. */
function isIgnored(error: unknown, unit: EggUnit | undefined): boolean {
  const codes = unit?.config?.['serverGracefulIgnoreCode'];
  return Array.isArray(codes) && typeof error === 'object' && error !== null && codes.includes(Reflect.get(error, 'code'));
}

export function handleEggFaults({ role, leave, unit, booted }: EggFaultRules): void {
  const state: { last: unknown } = { last: undefined };
  const leaveFor = (error: unknown): void => void leave.go({ reason: 'uncaughtException', code: 1, error: childErrorOf(error), by: 'itself' });
  process.on('uncaughtException', error => {
    state.last = error;
    if (!booted()) return void failBoot(error, leave);
    if (role === 'app') closeSoftly();
    // A second one says that this process cannot even leave in good order.
    if (leave.departure !== undefined && leave.departure.code !== 0) return leave.exit(1);
    const isHeard = othersHear();
    if (!isHeard) (unit()?.coreLogger ?? console).error(error);
    // The agent lives on: its state is what the workers depend on.
    if (role === 'agent') return;
    // In a thread there is nothing that graceful could disconnect.
    if (isThread ? !isIgnored(error, unit()) : !isHeard) leaveFor(error);
  });
  const { worker } = cluster;
  if (isThread || worker === undefined) return;
  worker.disconnect = () => {
    leaveFor(state.last);
    return worker;
  };
}

/** What the master says about its instances: one line for what a person would want to know, nothing for the rest. */
import type { ChildError, Death, Instance } from '../model.ts';
import { isPlanned } from '../policy/restart.ts';
import type { Failure, Supervisor } from '../supervisor/supervisor.ts';
import type { MasterLogger } from './option-table.ts';

/** Lines on standard error; a closed one is no reason to end. */
const STANDARD_ERROR: MasterLogger = {
  info: message => void process.stderr.write(`brood: ${message}\n`),
  warn: message => void process.stderr.write(`brood: warning: ${message}\n`),
  error: message => void process.stderr.write(`brood: error: ${message}\n`),
};

const SILENT: MasterLogger = { info: () => {}, warn: () => {}, error: () => {} };

export const loggerOf = (logger: false | MasterLogger | undefined): MasterLogger => (logger === false ? SILENT : (logger ?? STANDARD_ERROR));

/** `app.2`, `agent`, `app (spare)`. */
export function instanceName({ type, slot }: Pick<Instance, 'type' | 'slot'>): string {
  if (type === 'agent') return type;
  return slot === 0 ? `${type} (spare)` : `${type}.${slot}`;
}

/** How a process ended: `exit code 1`, `SIGKILL`. */
function endOf({ code, signal, reason }: Death): string {
  const how = signal ?? `exit code ${code ?? 'unknown'}`;
  return reason === 'exit' || reason === 'signal' ? how : `${reason}, ${how}`;
}

/** An error as the application threw it: its frame where the source is known, else its stack. */
export const errorText = (error: ChildError): string => (error.frame === undefined ? (error.stack ?? error.message) : `${error.message}\n${error.frame}`);

/** Tells `logger` what happens in `supervisor`; `started` says whether the start is over, before which the caller gets the errors. */
export function narrate(supervisor: Supervisor, logger: MasterLogger, started: () => boolean): void {
  let lastError = '';
  supervisor.on('death', (death: Death) => {
    if (isPlanned(death.reason)) {
      if (death.signal === 'SIGKILL') logger.warn(`${instanceName(death)} (pid ${death.pid}) had to be killed (${death.reason})`);
      return;
    }
    if (!started()) return;
    // After its boot an instance writes its errors itself; what it cannot boot for, it tells only us. Once is enough.
    const error = death.served || death.error === undefined ? '' : errorText(death.error);
    const text = error === '' || error === lastError ? '' : `\n${error}`;
    lastError = error;
    logger.error(`${instanceName(death)} (pid ${death.pid}) ended after ${(death.uptime / 1000).toFixed(1)} s: ${endOf(death)}${text}`);
  });
  supervisor.on('failed', ({ type, crashes, generation }: Failure) => {
    // What never booted is the failure of a start or a reload, and told as that.
    if (!started() || supervisor.ledgerOf(type, generation).readyAt === undefined) return;
    logger.error(`${type} failed to boot ${crashes} times in a row; the next try is made after restart.maxBackoff`);
  });
  supervisor.on('ready', (instance: Instance) => {
    if (started()) logger.info(`${instanceName(instance)} is ready (pid ${instance.pid})`);
  });
  supervisor.on('suspect', (instance: Instance) => logger.warn(`${instanceName(instance)} (pid ${instance.pid}) does not answer`));
  supervisor.on('violation', (instance: Instance, what: string) =>
    logger.warn(`${instanceName(instance)} (pid ${instance.pid}) sent what no child of ours sends: ${what}`),
  );
}

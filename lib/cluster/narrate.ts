/** What the master says about its instances: one line for what a person would want to know, nothing for the rest. */
import type { ChildError, Death, Instance } from '../model.ts';
import { hangText } from '../policy/hang.ts';
import { hasSucceeded, isPlanned, isReplaced } from '../policy/restart.ts';
import { instanceName } from '../supervisor/names.ts';
import type { CrashLoop, Failure, Supervisor } from '../supervisor/supervisor.ts';
import type { MasterLogger } from './option-table.ts';

/** Lines on standard error; a closed one is no reason to end. */
const STANDARD_ERROR: MasterLogger = {
  info: message => void process.stderr.write(`brood: ${message}\n`),
  warn: message => void process.stderr.write(`brood: warning: ${message}\n`),
  error: message => void process.stderr.write(`brood: error: ${message}\n`),
};

const SILENT: MasterLogger = { info: () => {}, warn: () => {}, error: () => {} };

export const loggerOf = (logger: false | MasterLogger | undefined): MasterLogger => (logger === false ? SILENT : (logger ?? STANDARD_ERROR));

/** How a process ended: `exit code 1`, `SIGKILL`. */
function endOf({ code, signal, reason, hang }: Death): string {
  const how = signal ?? `exit code ${code ?? 'unknown'}`;
  if (reason === 'hang' && hang !== undefined && hang.ended === undefined) return `${reason}, ${how}; ${hangText(hang)}`;
  return reason === 'exit' || reason === 'signal' ? how : `${reason}, ${how}`;
}

/** `12:34:56` of this machine. */
const timeOf = (milliseconds: number): string => new Date(milliseconds).toLocaleTimeString('en-GB');

/** An error as the application threw it: its frame where the source is known, else its stack. */
export const errorText = (error: ChildError): string => (error.frame === undefined ? (error.stack ?? error.message) : `${error.message}\n${error.frame}`);

/** It counts as ready, although nobody has seen it listen. */
export function unprovenText(instance: Instance, detail: string, now: number): string {
  const { pid, port, started } = instance;
  const after = `after ${Math.round((now - started) / 1000)} s`;
  const what = `${instanceName(instance)} (pid ${pid}) does not listen on its PORT${port === undefined ? '' : `, ${port}`}, ${after} (${detail}); it counts as ready`;
  return `${what}. Where it serves nobody: --entry none; where something else says that it is ready: "ready" in a brood.config.yaml`;
}

/** How the instances do that run. */
function narrateHealth(supervisor: Supervisor, logger: MasterLogger, started: () => boolean): void {
  supervisor.on('ready', (instance: Instance) => {
    if (started()) logger.info(`${instanceName(instance)} is ready (pid ${instance.pid})`);
  });
  supervisor.on('suspect', (instance: Instance) => logger.warn(`${instanceName(instance)} (pid ${instance.pid}) does not answer`));
  supervisor.on('answers', (instance: Instance, after: number) =>
    logger.info(`${instanceName(instance)} (pid ${instance.pid}) answers again, after ${(after / 1000).toFixed(1)} s`),
  );
  supervisor.on('readiness', (instance: Instance, ok: boolean, detail: string) => {
    const who = `${instanceName(instance)} (pid ${instance.pid})`;
    if (ok) logger.info(`${who} can serve again`);
    else logger.warn(`${who} cannot serve: ${detail}`);
  });
  supervisor.on('unproven', (instance: Instance, detail: string) => logger.warn(unprovenText(instance, detail, Date.now())));
  supervisor.on('violation', (instance: Instance, what: string) =>
    logger.warn(`${instanceName(instance)} (pid ${instance.pid}) sent what no child of ours sends: ${what}`),
  );
}

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
    const isToldBefore = death.served && death.error?.name !== 'ProbeError';
    const error = isToldBefore || death.error === undefined ? '' : errorText(death.error);
    const text = error === '' || error === lastError ? '' : `\n${error}`;
    lastError = error;
    const restart = supervisor.desired.find(({ spec }) => spec.type === death.type)?.spec.restart;
    const isWell = hasSucceeded(death) && restart !== undefined && !isReplaced(death, restart);
    logger[isWell ? 'info' : 'error'](`${instanceName(death)} (pid ${death.pid}) ended after ${(death.uptime / 1000).toFixed(1)} s: ${endOf(death)}${text}`);
  });
  supervisor.on('failed', ({ type, crashes, generation, why }: Failure) => {
    // What never booted, or not long enough, is the failure of a start or a reload, and told as that.
    if (!started() || why === 'canary' || supervisor.ledgerOf(type, generation).readyAt === undefined) return;
    if (why === 'boots') logger.error(`${type} failed to boot ${crashes} times in a row; the next try is made after restart.maxBackoff`);
  });
  supervisor.on('crash-loop', ({ type, cause }: CrashLoop) => {
    if (!started() || cause === 'boots') return;
    const how = cause === 'falls' ? 'one instance is tried after each restart.maxBackoff' : 'so much has crashed that one restart is made in 5 s';
    logger.error(`${type} is in a crash loop: ${how}`);
  });
  supervisor.on('crash-loop-over', ({ type }: CrashLoop, recovered: boolean) => {
    if (started() && recovered) logger.info(`${type} is out of its crash loop`);
  });
  supervisor.on('renewing', (old: Instance, _successor: Instance, why: string) =>
    logger.info(`${instanceName(old)} (pid ${old.pid}) is being replaced: ${why}`),
  );
  supervisor.on('renewal-failed', (old: Instance, death: Death) =>
    logger.error(`${instanceName(old)} (pid ${old.pid}) stays: what was to replace it did not boot (${endOf(death)})`),
  );
  supervisor.on('over-memory', (instance: Instance, limit: number) =>
    logger.error(`${instanceName(instance)} (pid ${instance.pid}) takes ${instance.rss ?? 0} bytes, more than ${limit} (maxMemory.hard): it is killed`),
  );
  supervisor.on('canary', (instance: Instance, until: number) =>
    logger.info(
      `${instanceName(instance)} (pid ${instance.pid}) is the canary of generation ${instance.generation}; the others follow when it lives until ${timeOf(until)}`,
    ),
  );
  narrateHealth(supervisor, logger, started);
}

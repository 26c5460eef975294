/** The error of a start or a reload that failed: coded, with the application's own words. */
import { BroodError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { errorTable } from '../errors.ts';
import type { ChildError, Death } from '../model.ts';
import { instanceName } from './names.ts';

/** The application's error, rebuilt from what its process told: message and stack are its own. */
function applicationError({ name, message, stack, code }: ChildError): Error {
  const error = new Error(message);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  if (code !== undefined) Object.assign(error, { code });
  return error;
}

const isCode = (code: string | undefined): code is ErrorCode => code !== undefined && Object.hasOwn(errorTable, code);

/** What to do about it: what the error itself says, where it is one of ours. */
const remedyOf = ({ error }: Death): string => error?.hint ?? 'The cause is the error of the application; mend it and start again.';

/** The application's error as the cause, and its exit code where it is one of ours. */
function causeOf({ error }: Death): { readonly cause?: Error; readonly exitCode?: number } {
  if (error === undefined) return {};
  return { cause: applicationError(error), ...(isCode(error.code) ? { exitCode: errorTable[error.code].exit } : {}) };
}

/** In one line: what the process said, or else how it ended. */
export function reasonOf(death: Death): string {
  if (death.error !== undefined) return death.error.message;
  const last = death.lastLines.at(-1);
  const how = death.signal ?? `exit code ${death.code ?? 'unknown'}`;
  const reason = death.reason === 'exit' || death.reason === 'signal' ? how : `${death.reason} (${how})`;
  return last === undefined ? reason : `${reason}: ${last}`;
}

/** What a server of the application itself could not get; Node.js names it in the message alone: `listen EADDRINUSE: address already in use :::80`. */
const takenAddress = ({ error }: Death): string | undefined =>
  error?.code === 'EADDRINUSE' ? (/(\S+)$/.exec(error.message)?.[1] ?? '').replace(/^(?:null|::):/, '*:') : undefined;

/** Why the cluster did not start. `startTimeout` in milliseconds, for a death by that. */
export function startError(death: Death, startTimeout = 0): BroodError {
  const name = instanceName(death);
  const cause = causeOf(death);
  const taken = takenAddress(death);
  if (taken !== undefined) return new BroodError('BROOD_PORT_IN_USE', { address: taken, owner: '' }, cause);
  const extra = { frame: death.error?.frame, exitCode: death.code ?? undefined, lastLines: death.lastLines.join('\n') };
  if (death.reason === 'start-timeout')
    return new BroodError('BROOD_START_TIMEOUT', { name, timeout: startTimeout, step: death.step ?? 'the start of the process' }, cause);
  return new BroodError('BROOD_START_FAILED', { name, reason: reasonOf(death), remedy: remedyOf(death), ...extra }, cause);
}

/** Why an instance was not replaced. */
export const restartError = (death: Death): BroodError =>
  new BroodError(
    'BROOD_RESTART_FAILED',
    { name: instanceName(death), reason: reasonOf(death), remedy: remedyOf(death), frame: death.error?.frame, lastLines: death.lastLines.join('\n') },
    causeOf(death),
  );

/** Why a reload was given up. */
export function reloadError(death: Death): BroodError {
  const cause = causeOf(death);
  return new BroodError(
    'BROOD_RELOAD_FAILED',
    {
      name: instanceName(death),
      reason: `${instanceName(death)}: ${reasonOf(death)}`,
      remedy: remedyOf(death),
      frame: death.error?.frame,
      lastLines: death.lastLines.join('\n'),
    },
    cause,
  );
}

/**
 * What the ends of processes mean for the whole, and for the exit code: the first that failed decides, by its status or 128 + its signal;
 * when everything has done its work and ended well, it is 0.
 */
import { constants } from 'node:os';
import type { Ground } from '../cluster/launch.ts';
import { DEFAULTS } from '../formation/config/defaults.ts';
import { ROUTER } from '../formation/router-spec.ts';
import type { Death, DesiredRow } from '../model.ts';
import { hasSucceeded, isPlanned, isReplaced } from '../policy/restart.ts';
import { instanceName } from '../supervisor/names.ts';

const isSignal = (name: string): name is NodeJS.Signals => Object.hasOwn(constants.signals, name);

/** As POSIX shells tell it; what could not be started has no other. */
const statusOf = ({ code, signal }: Death): number => code ?? (signal !== null && isSignal(signal) ? 128 + constants.signals[signal] : 1);

const howOf = ({ code, signal }: Death): string => signal ?? (code === null ? 'it could not be started' : `exit code ${code}`);

/** Ends everything when a type says so (`onExit`), and when nothing is left to run. */
export function endByVerdict({ supervisor, crew, logger }: Ground, end: () => void): void {
  const isDone = ({ spec: { type }, quantity, generation }: DesiredRow): boolean => supervisor.ledgerOf(type, generation).completed.length >= quantity;
  const isAllDone = (): boolean => {
    // The balancer has nothing to do without those behind it.
    const rows = supervisor.desired.filter(({ spec, quantity }) => quantity > 0 && spec.type !== ROUTER);
    return rows.length > 0 && supervisor.instances().every(({ type }) => type === ROUTER) && rows.every(isDone);
  };
  supervisor.on('death', death => {
    const spec = supervisor.desired.find(row => row.spec.type === death.type)?.spec;
    if (spec === undefined || crew.isClosing || isPlanned(death.reason)) return;
    const { onExit = DEFAULTS.onExit, restart } = spec;
    const failed = !hasSucceeded(death);
    const ends = onExit === 'stop' || (onExit === 'stop-on-failure' && failed);
    if (failed && (ends || !isReplaced(death, restart))) process.exitCode ??= statusOf(death);
    if (!ends && !isAllDone()) return;
    process.exitCode ??= 0;
    logger[failed ? 'error' : 'info'](ends ? `everything is stopped, for ${instanceName(death)} has ended (${howOf(death)})` : 'everything has ended');
    end();
  });
}

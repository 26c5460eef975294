/** What an exporter is given: every process of an application as data, and what it gives back. Pure. */
import type { Autoscale, Condition, Probes } from '../../care.ts';

/** Thousandths of a core, and MiB. */
export interface Quantity {
  readonly cpu: number;
  readonly memory: number;
}

/** What each instance may take, and what is kept free for it. */
export interface Resources {
  readonly limits: Quantity;
  readonly requests: Quantity;
}

/** A port that others find it by. */
export interface ExportedService {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number;
  readonly protocol: 'TCP' | 'UDP';
}

export interface ExportedProcess {
  readonly type: string;
  /** A line for `/bin/sh -c`. */
  readonly command: string;
  readonly instances: number;
  /** Over the environment of the application. */
  readonly env: Readonly<Record<string, string>>;
  /** Absolute. */
  readonly cwd: string;
  /** PORT of the first instance; the n-th has this + n − 1 where instances share a machine. */
  readonly port?: number;
  /** The port that it listens on, where that is not PORT. */
  readonly targetPort?: number;
  /** Default: one for PORT. */
  readonly services?: readonly ExportedService[];
  /** Requests from outside come to it. */
  readonly isEntry: boolean;
  /** The port that they come to, where that is not its own. */
  readonly entryPort?: number;
  /** The address that they come to. Default: every one. */
  readonly entryHost?: string;
  readonly resources?: Resources;
  /** Bytes: an instance above them is killed, and started again. */
  readonly maxMemory?: number;
  /** It has a standard input that somebody may write to. */
  readonly stdin?: boolean;
  /** How many there are follows their load. */
  readonly autoscale?: Autoscale;
  readonly probes?: Probes;
  /** Milliseconds. */
  readonly drainTimeout: number;
  readonly killTimeout: number;
  /** Default: SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
  /** Default: always. */
  readonly restart?: 'always' | 'on-failure' | 'never';
  /** Types that start before it. */
  readonly after: readonly string[];
  /** What they must be. Default: ready. */
  readonly until?: Readonly<Record<string, Condition>>;
  /** It is ready by what no target can look at: its own word, a line of its output, its port. */
  readonly readyBy?: 'message' | 'line' | 'port';
  /** Runs once before a new version starts, and ends. */
  readonly isRelease?: boolean;
  /** A master of Brood: it tells systemd how it is, and reloads on SIGHUP. */
  readonly isMaster?: boolean;
}

export interface ExportedApp {
  readonly name: string;
  /** Absolute. */
  readonly baseDir: string;
  readonly user?: string;
  /** Where it runs in containers. Default: NAME:latest. */
  readonly image?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly processes: readonly ExportedProcess[];
}

export interface ExportedFile {
  readonly name: string;
  readonly text: string;
  /** Values that not everybody may read stand in it. */
  readonly isSecret?: boolean;
}

export interface Exported {
  readonly files: readonly ExportedFile[];
  /** What the target cannot say, or says differently: a sentence each. */
  readonly notes: readonly string[];
}

export const isReleased = ({ isRelease }: ExportedProcess): boolean => isRelease === true;
export const isLasting = (process: ExportedProcess): boolean => !isReleased(process);

/** What another one must be before it starts. */
export const conditionOf = ({ until = {} }: ExportedProcess, { type }: ExportedProcess): Condition => until[type] ?? 'ready';

/** Whether others wait until it has ended as it should. */
export const isAwaited = ({ processes }: ExportedApp, process: ExportedProcess): boolean =>
  processes.some(one => one.after.includes(process.type) && conditionOf(one, process) === 'completed');

/** It is ready by more than that it runs. */
export const hasReadiness = ({ probes = {}, readyBy, isMaster }: ExportedProcess): boolean =>
  isMaster === true || readyBy !== undefined || probes.readiness !== undefined || probes.startup !== undefined;

/** Seconds that a stop may take, before it is ended by force. */
export const stopSeconds = ({ drainTimeout, killTimeout }: ExportedProcess): number => Math.max(1, Math.ceil((drainTimeout + killTimeout) / 1000));

export const signalOf = ({ stopSignal = 'SIGTERM' }: ExportedProcess): NodeJS.Signals => stopSignal;

/** A type of which there is to be none does not follow anything. */
export const isScaled = ({ autoscale, instances, isRelease }: ExportedProcess): boolean => autoscale !== undefined && instances > 0 && isRelease !== true;

/** Numbers from 1. */
export const slotsOf = ({ instances }: ExportedProcess): readonly number[] => Array.from({ length: instances }, (_, index) => index + 1);

/** Who it is, as Brood tells its commands; a master tells it by itself. `slot`: its number, or what the target puts in for it. */
export const identityOf = ({ type, isMaster }: ExportedProcess, slot: number | string): Readonly<Record<string, string>> =>
  isMaster === true ? {} : { PS: `${type}.${slot}`, BROOD_TYPE: type, BROOD_SLOT: String(slot) };

/** Its variables, PORT of the instance in this slot and who it is among them. */
export function environmentOf({ environment }: ExportedApp, process: ExportedProcess, slot: number): Readonly<Record<string, string>> {
  const { env, port } = process;
  return { ...environment, ...env, ...identityOf(process, slot), ...(port === undefined ? {} : { PORT: String(port + slot - 1) }) };
}

/** Containers have no numbers: of several, or of as many as the load asks for, none knows which one it is. */
export const isNumbered = (process: ExportedProcess): boolean => process.instances === 1 && !isScaled(process);

/** The same in a container. */
export function containerIdentity(process: ExportedProcess): Readonly<Record<string, string>> {
  const { BROOD_TYPE, ...numbers } = identityOf(process, 1);
  return { ...(BROOD_TYPE === undefined ? {} : { BROOD_TYPE }), ...(isNumbered(process) ? numbers : {}) };
}

/** Below the directory of the application; '' for itself, and the absolute path when it is elsewhere. */
export function relativeTo({ baseDir }: ExportedApp, { cwd }: ExportedProcess): string {
  if (cwd === baseDir) return '';
  const inside = baseDir.endsWith('/') ? baseDir : `${baseDir}/`;
  return cwd.startsWith(inside) ? cwd.slice(inside.length) : cwd;
}

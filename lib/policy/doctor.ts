/** What a machine is asked by `brood doctor`, and what each answer means. Facts in, findings out. */
import { counted } from './plural.ts';

/** What is known of machine, process and application; what could not be found out is left out. Sizes in bytes. */
export interface Facts {
  readonly node: { readonly version: string; readonly typescript: boolean };
  readonly usesTypescript: boolean;
  /** Whether the package jiti, which loads TypeScript where Node.js cannot, is there. */
  readonly hasJiti: boolean;
  readonly nodeEnv?: string | undefined;
  readonly workers: number;
  readonly cores: number;
  /** Open files: what a process may have now, and what it may raise that to. */
  readonly files?: { readonly soft: number; readonly hard: number };
  /** Of the control group of this process. */
  readonly memory?: { readonly limit?: number | undefined; readonly available: number; readonly perWorker?: number | undefined };
  /** Processes of this user and of its control group. */
  readonly processes?: { readonly limit: number; readonly used: number };
  /** Free room where log files are written. */
  readonly disk?: { readonly directory: string; readonly free: number; readonly size: number; readonly freeFiles: number };
  /** Seconds since the epoch, and of the newest file of our own package: a clock cannot be before that. */
  readonly clock: { readonly now: number; readonly newest: number; readonly zone: string };
  readonly port?: { readonly port: number; readonly holder?: string | undefined; readonly isOurs: boolean };
  /** net.core.somaxconn: connections that wait for a worker. */
  readonly backlog?: number | undefined;
  readonly isFirstProcess: boolean;
  readonly canReap: boolean;
  readonly isRoot: boolean;
  readonly dropsRoot: boolean;
  /** What may be written by others than its owner. */
  readonly openToOthers: readonly string[];
  readonly ignoresState?: boolean | undefined;
}

export interface Finding {
  readonly check: string;
  /** `note`: it is known, and nothing has to be done. */
  readonly level: 'ok' | 'note' | 'warning' | 'error';
  readonly text: string;
  /** What to do about it; of an `ok` there is none. */
  readonly remedy?: string;
}

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
/** Files of one worker beside its connections: libraries, pipes, sockets between processes. */
const OWN_FILES = 64;
const FEW_FILES = 4096;
const LITTLE_DISK = 512 * MIB;
const FEW_INODES = 1000;
/** Of a worker of which nothing is known yet. */
const USUAL_WORKER = 100 * MIB;

const ok = (check: string, text: string): Finding => ({ check, level: 'ok', text });
const warning = (check: string, text: string, remedy: string): Finding => ({ check, level: 'warning', text, remedy });
const error = (check: string, text: string, remedy: string): Finding => ({ check, level: 'error', text, remedy });

const sizeText = (bytes: number): string => (bytes >= GIB ? `${(bytes / GIB).toFixed(1)} GB` : `${Math.round(bytes / MIB)} MB`);

function node({ node: { version, typescript }, usesTypescript, hasJiti }: Facts): Finding {
  if (!usesTypescript || typescript) return ok('node', `Node.js ${version}`);
  if (hasJiti) return ok('node', `Node.js ${version}; TypeScript is loaded through jiti`);
  return error('node', `Node.js ${version} runs no TypeScript by itself`, 'Install jiti (npm install jiti), or a newer Node.js (22.18 or later).');
}

function environment({ nodeEnv }: Facts): Finding {
  if (nodeEnv === 'production') return ok('NODE_ENV', 'NODE_ENV is production');
  return warning(
    'NODE_ENV',
    nodeEnv === undefined ? 'NODE_ENV is not set' : `NODE_ENV is ${nodeEnv}`,
    'Most frameworks are slower and say more without it: NODE_ENV=production brood start -d',
  );
}

function files({ files: found }: Facts): Finding | undefined {
  if (found === undefined) return undefined;
  // Node.js raises the soft limit to the hard one at its start.
  const most = found.hard;
  const text = `${most === Infinity ? 'unlimited' : most} open files a process, about ${most === Infinity ? 'unlimited' : Math.max(0, most - OWN_FILES)} connections a worker`;
  if (most >= FEW_FILES) return ok('open files', text);
  return warning('open files', text, 'Raise the limit: ulimit -Hn 65536, LimitNOFILE=65536 (systemd), --ulimit nofile=65536 (docker).');
}

function memory({ memory: found, workers }: Facts): Finding | undefined {
  if (found === undefined) return undefined;
  const room = Math.min(found.limit ?? Infinity, found.available);
  const each = found.perWorker ?? USUAL_WORKER;
  const need = each * workers;
  const text = `${sizeText(room)} of memory for ${counted(workers, 'worker')}, ${sizeText(room / workers)} each`;
  if (need <= room * 0.8) return ok('memory', text);
  return warning(
    'memory',
    `${text}; they need about ${sizeText(each)}`,
    `Run fewer workers (-w ${Math.max(1, Math.floor((room * 0.8) / each))}), or allow more memory.`,
  );
}

function cores({ cores: count, workers }: Facts): Finding {
  const text = `${counted(workers, 'worker')} on ${counted(count, 'core')} that this process may use`;
  if (workers <= count) return ok('cores', text);
  return warning('cores', text, 'More workers than cores make each slower; leave out -w, or say -w auto.');
}

function processes({ processes: found, workers }: Facts): Finding | undefined {
  if (found === undefined) return undefined;
  const left = found.limit - found.used;
  // A rolling change may double the workers, and each has some threads.
  const need = (workers * 2 + 2) * 12;
  const text = `room for ${left === Infinity ? 'any number of' : left} processes and threads`;
  return left >= need
    ? ok('processes', text)
    : warning('processes', text, `A reload of ${workers} workers wants about ${need}: raise ulimit -u, TasksMax= or pids.max.`);
}

function disk({ disk: found }: Facts): Finding | undefined {
  if (found === undefined) return undefined;
  const text = `${sizeText(found.free)} free for log files in ${found.directory}`;
  if (found.freeFiles < FEW_INODES)
    return error('disk', `${text}, but room for ${found.freeFiles} files only`, 'Remove files there, or choose another directory for the logs.');
  if (found.free >= LITTLE_DISK) return ok('disk', text);
  return (found.free < LITTLE_DISK / 16 ? error : warning)('disk', text, 'Make room, or keep fewer log files (daemon.logs.maxFiles).');
}

function clock({ clock: { now, newest, zone } }: Facts): Finding {
  if (now >= newest) return ok('clock', `the clock says ${new Date(now * 1000).toISOString()}, zone ${zone}`);
  return error(
    'clock',
    `the clock says ${new Date(now * 1000).toISOString()}, before Brood was installed`,
    'Set it, and keep it set (NTP): certificates, schedules and logs go by it.',
  );
}

function port({ port: found }: Facts): Finding | undefined {
  if (found === undefined) return undefined;
  if (found.isOurs) return ok('port', `port ${found.port} is served by this application`);
  if (found.holder === undefined) return ok('port', `port ${found.port} is free`);
  return error('port', `port ${found.port} is taken${found.holder}`, 'End that process, or choose another port: brood start -p PORT');
}

function backlog({ backlog: found }: Facts): Finding | undefined {
  if (found === undefined) return undefined;
  const text = `${found} connections may wait for a worker`;
  return found >= 512 ? ok('backlog', text) : warning('backlog', text, 'sysctl -w net.core.somaxconn=4096');
}

function firstProcess({ isFirstProcess, canReap }: Facts): Finding | undefined {
  if (!isFirstProcess) return undefined;
  if (canReap) return ok('pid 1', 'it is process 1, and takes zombies away');
  return warning('pid 1', 'it is process 1, and cannot take away the zombies of others', 'Install koffi, or run it under an init: docker run --init, tini.');
}

function root({ isRoot, dropsRoot }: Facts): Finding | undefined {
  if (!isRoot) return undefined;
  if (dropsRoot) return ok('user', 'it starts as root, and becomes another user');
  return warning('user', 'it runs as root', 'Name a user in the configuration (daemon.user), or start it as one.');
}

const places = ({ openToOthers }: Facts): readonly Finding[] =>
  openToOthers.map(path => error('permissions', `${path} can be written by other users`, `chmod go-w ${path}`));

function ignored({ ignoresState }: Facts): Finding | undefined {
  if (ignoresState === undefined) return undefined;
  return ignoresState ? ok('git', '.brood/ is not for git') : warning('git', '.brood/ is not in .gitignore', 'echo .brood/ >> .gitignore');
}

const CHECKS: readonly ((facts: Facts) => Finding | undefined)[] = [
  node,
  environment,
  cores,
  memory,
  files,
  processes,
  backlog,
  port,
  disk,
  clock,
  root,
  firstProcess,
  ignored,
];

/** Every finding, in a fixed order; `ok` ones too. */
export const diagnose = (facts: Facts): readonly Finding[] => [...CHECKS.map(check => check(facts)).filter(finding => finding !== undefined), ...places(facts)];

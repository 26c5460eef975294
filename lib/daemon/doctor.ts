/** What is so on this machine, for `brood doctor`. Nothing is changed, nothing is started but a look at a port. */
import { existsSync, lstatSync, readdirSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import { freemem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nativeOp } from '../child/native/ops.ts';
import { usableCores } from '../cluster/cores.ts';
import { ownerOf } from '../cluster/port-owner.ts';
import type { Settings } from '../cluster/options.ts';
import { ownDirectory } from '../own.ts';
import type { Facts } from '../policy/doctor.ts';
import { ControlClient } from './control-client.ts';
import { candidates } from './places.ts';

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
};
const numberOf = (text: string | undefined): number | undefined => (text === undefined || !/^\d+$/.test(text) ? undefined : Number(text));

/** A row of /proc/self/limits (proc(5)): soft and hard. */
function limit(name: string): { readonly soft: number; readonly hard: number } | undefined {
  const [, soft, hard] = new RegExp(`^${name}\\s+(\\S+)\\s+(\\S+)`, 'm').exec(read('/proc/self/limits') ?? '') ?? [];
  const value = (text: string): number => (text === 'unlimited' ? Infinity : Number(text));
  return soft === undefined || hard === undefined ? undefined : { soft: value(soft), hard: value(hard) };
}

/** A file of the control group of this process, of version 2 or, in the directory `controller`, 1. */
function group(name: string, older?: { readonly controller: string; readonly name: string }): string | undefined {
  const own = read('/proc/self/cgroup') ?? '';
  const path = /^0::(.*)$/m.exec(own)?.[1]?.replace(/\/$/, '') ?? '';
  return read(`/sys/fs/cgroup${path}/${name}`) ?? read(`/sys/fs/cgroup/${name}`) ?? (older && read(`/sys/fs/cgroup/${older.controller}/${older.name}`));
}

function memory(): NonNullable<Facts['memory']> {
  const max = numberOf(group('memory.max', { controller: 'memory', name: 'memory.limit_in_bytes' }));
  const available = numberOf(/^MemAvailable:\s+(\d+)/m.exec(read('/proc/meminfo') ?? '')?.[1]);
  // A number near 2^63 is version 1's word for no limit.
  return { limit: max === undefined || max > 2 ** 60 ? undefined : max, available: available === undefined ? freemem() : available * 1024 };
}

function processes(): NonNullable<Facts['processes']> {
  const max = numberOf(group('pids.max', { controller: 'pids', name: 'pids.max' }));
  const used = numberOf(group('pids.current', { controller: 'pids', name: 'pids.current' })) ?? 0;
  const own = limit('Max processes')?.soft ?? Infinity;
  // Root is not held to the limit of a user (setrlimit(2), RLIMIT_NPROC).
  const most = Math.min(max ?? Infinity, process.getuid?.() === 0 ? Infinity : own);
  return { limit: most, used: most === max ? used : 0 };
}

/** The nearest directory that is there. */
const nearestDirectory = (path: string): string => (existsSync(path) || dirname(path) === path ? path : nearestDirectory(dirname(path)));

function disk(baseDir: string): NonNullable<Facts['disk']> {
  const directory = nearestDirectory(candidates(baseDir)[0]?.logs ?? baseDir);
  const { bavail, bsize, blocks, ffree, files } = statfsSync(directory);
  // A file system without a table of files has room for any number.
  return { directory, free: bavail * bsize, size: blocks * bsize, freeFiles: files === 0 ? Infinity : ffree };
}

/** Whether a port could be listened on now. */
export function canListen(port: number, host: string | undefined): Promise<boolean> {
  return new Promise(done => {
    const server = net.createServer();
    server.once('error', () => done(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => done(true)));
  });
}

/** Who holds the port of the application; nobody looks where it has none. */
export async function heldPortOf({ path, port: number, hostname, bare }: Settings, client: ControlClient | undefined): Promise<Facts['port']> {
  if (path !== undefined || number === 0 || bare) return undefined;
  const address = (await client?.status().catch(() => undefined))?.app.address;
  if (address?.endsWith(`:${number}`) === true) return { port: number, isOurs: true };
  if (await canListen(number, hostname)) return { port: number, isOurs: false };
  const owner = await ownerOf(number);
  return { port: number, isOurs: false, holder: owner === undefined ? '' : ` by ${owner}` };
}

/** Whether a package can be found from a directory. */
export const canResolve = (name: string, from: string): boolean => {
  try {
    createRequire(join(from, 'package.json')).resolve(name);
    return true;
  } catch {
    return false;
  }
};

const isOpen = (path: string): boolean => {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat !== undefined && !stat.isSymbolicLink() && (stat.mode & 0o002) !== 0;
};

function ignoresState(baseDir: string): boolean | undefined {
  for (let directory = resolve(baseDir); ; directory = dirname(directory)) {
    if (/^\/?(?:\*\*\/)?\.brood\/?\s*$/m.test(read(join(directory, '.gitignore')) ?? '')) return true;
    if (existsSync(join(directory, '.git'))) return false;
    if (dirname(directory) === directory) return undefined;
  }
}

/** `dropsRoot`: the configuration names another user. */
export async function gather(settings: Settings, dropsRoot: boolean): Promise<Facts> {
  const { baseDir, clusterDir, workers } = settings;
  const client = await ControlClient.find(baseDir);
  const soMaxConn = numberOf(read('/proc/sys/net/core/somaxconn'));
  const files = limit('Max open files');
  const heldPort = await heldPortOf(settings, client);
  return {
    node: { version: process.versions.node, typescript: Boolean(Reflect.get(process.features, 'typescript')) },
    usesTypescript: [settings.script ?? '', ...readdirSync(clusterDir), ...readdirSync(baseDir)].some(name => /\.m?ts$/.test(name) && !name.endsWith('.d.ts')),
    hasJiti: canResolve('jiti', clusterDir) || canResolve('jiti', fileURLToPath(ownDirectory)),
    nodeEnv: process.env['NODE_ENV'],
    workers,
    cores: usableCores(),
    ...(files === undefined ? {} : { files }),
    memory: memory(),
    ...(process.platform === 'linux' ? { processes: processes() } : {}),
    disk: disk(baseDir),
    clock: {
      now: Date.now() / 1000,
      newest: statSync(new URL('index.js', ownDirectory)).mtimeMs / 1000,
      zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    },
    ...(heldPort === undefined ? {} : { port: heldPort }),
    backlog: soMaxConn,
    isFirstProcess: process.pid === 1,
    canReap: nativeOp('reap') !== undefined,
    isRoot: process.getuid?.() === 0,
    dropsRoot,
    openToOthers: [baseDir, join(baseDir, '.brood')].filter(isOpen),
    ignoresState: ignoresState(baseDir),
  };
}

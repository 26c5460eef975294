/** The provider koffi: system calls from this very process. */
import type { Limits } from '../../model.ts';
import { cLibrary } from './koffi.ts';
import type { CLibrary } from './koffi.ts';
import { eachThread } from './threads-of.ts';
import type { Locking, NativeOps } from './native-ops.ts';

/** Numbers of Linux (bits/resource.h, sys/file.h, linux/prctl.h, bits/socket.h). */
const RESOURCES = { nofile: 7, core: 4 } as const;
const LOCK_EX_NB = 2 | 4;
const PR_SET_CHILD_SUBREAPER = 36;
const WNOHANG = 1;
const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const MSG_DONTWAIT_NOSIGNAL = 0x40 | 0x4000;
/** RLIM_INFINITY. */
const UNLIMITED = 0xffff_ffff_ffff_ffffn;

const codeOf = (error: unknown): unknown => Reflect.get(Object(error), 'code');

/** A cpu_set_t: one bit for each CPU. */
function maskOf(cpus: readonly number[]): Buffer {
  const mask = Buffer.alloc(Math.max(128, 8 * Math.ceil((Math.max(...cpus) + 1) / 64)));
  for (const cpu of cpus) mask[cpu >> 3] = (mask[cpu >> 3] ?? 0) | (1 << (cpu & 7));
  return mask;
}

function bind(library: CLibrary, pid: number, cpus: readonly number[]): void {
  const mask = maskOf(cpus);
  eachThread(pid, tid => void library.call('sched_setaffinity', tid, mask.length, mask));
}

function limit(library: CLibrary, pid: number, limits: Limits): void {
  for (const name of ['nofile', 'core'] as const) {
    const value = limits[name];
    if (value === undefined) continue;
    // A struct rlimit: soft, then hard.
    const both = Buffer.alloc(16);
    const number = value === 'unlimited' ? UNLIMITED : BigInt(value);
    both.writeBigUInt64LE(number, 0);
    both.writeBigUInt64LE(number, 8);
    library.call('prlimit', pid, RESOURCES[name], both, null);
  }
}

function lock(library: CLibrary, fd: number): Locking {
  try {
    library.call('flock', fd, LOCK_EX_NB);
    return 'locked';
  } catch (error) {
    return codeOf(error) === 'EAGAIN' ? 'held' : 'unsupported';
  }
}

/** A struct sockaddr_un; an abstract name begins with NUL and ends with the address. */
function addressOf(address: string): Buffer {
  const abstract = address.startsWith('@');
  const name = Buffer.from(abstract ? `\0${address.slice(1)}` : `${address}\0`);
  const family = Buffer.alloc(2);
  family.writeUInt16LE(AF_UNIX);
  return Buffer.concat([family, name]);
}

function send(library: CLibrary, address: string, text: string): void {
  const fd = library.call('socket', AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
  try {
    const bytes = Buffer.from(text);
    const to = addressOf(address);
    library.call('sendto', fd, bytes, bytes.length, MSG_DONTWAIT_NOSIGNAL, to, to.length);
  } finally {
    library.call('close', fd);
  }
}

function reap(library: CLibrary, pid: number): boolean {
  try {
    return library.call('waitpid', pid, null, WNOHANG) === pid;
  } catch {
    // ECHILD: somebody has taken it already.
    return false;
  }
}

const opsOf = (library: CLibrary): NativeOps => ({
  bind: async (pid, cpus) => bind(library, pid, cpus),
  limit: async (pid, limits) => limit(library, pid, limits),
  lock: async fd => lock(library, fd),
  send: async (address, text) => send(library, address, text),
  becomeSubreaper: () => void library.call('prctl', PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0),
  reap: pid => reap(library, pid),
});

/** What koffi can do; nothing where it is not installed. */
export function koffiOps(): NativeOps {
  const library = cLibrary();
  return library === undefined ? {} : opsOf(library);
}

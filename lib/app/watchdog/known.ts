/** What the kernel tells of a main thread that runs no JavaScript (Linux; elsewhere nothing is known). */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

/** Ticks of /proc in a second (USER_HZ, the same on every architecture that Node.js runs on). */
const TICKS = 100;

/** The fields of a stat file behind the name, which may hold anything: state, parent, … */
function statOf(file: string): readonly string[] {
  const line = read(file);
  return line.slice(line.lastIndexOf(')') + 2).split(' ');
}

const main = `/proc/self/task/${process.pid}`;

/** Seconds of a core that the main thread has used. */
export function cpuOfMain(): number | undefined {
  const [, , , , , , , , , , , user, system] = statOf(`${main}/stat`);
  return user === undefined || system === undefined ? undefined : (Number(user) + Number(system)) / TICKS;
}

/** System calls that name a file by a descriptor, by their numbers. */
const ON_FILES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  x64: { 0: 'read', 1: 'write', 17: 'pread', 18: 'pwrite', 19: 'readv', 20: 'writev', 73: 'flock', 74: 'fsync', 75: 'fdatasync' },
  arm64: { 63: 'read', 64: 'write', 67: 'pread', 68: 'pwrite', 65: 'readv', 66: 'writev', 32: 'flock', 82: 'fsync', 83: 'fdatasync' },
};

/** `read of /tmp/pipe`. */
function fileCall(): string | undefined {
  const [number = '', fd = ''] = read(`${main}/syscall`).split(' ');
  const name = ON_FILES[process.arch]?.[number];
  if (name === undefined) return undefined;
  try {
    return `${name} of ${readlinkSync(`/proc/self/fd/${Number(fd)}`)}`;
  } catch {
    return name;
  }
}

/** Child processes that are not older than so many milliseconds: `4242 (sleep)`. */
function youngChildren(milliseconds: number): readonly string[] {
  const [uptime = '0'] = read('/proc/uptime').split(' ');
  const pids = listed('/proc/self/task').flatMap(thread => read(`/proc/self/task/${thread}/children`).split(' '));
  return pids.filter(Boolean).flatMap(pid => {
    const started = Number(statOf(`/proc/${pid}/stat`)[19] ?? NaN) / TICKS;
    return Number(uptime) - started <= milliseconds / 1000 ? [`${pid} (${read(`/proc/${pid}/comm`).trim()})`] : [];
  });
}

const listed = (directory: string): readonly string[] => {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
};

/**
 * A sentence about what keeps the main thread from taking a step in JavaScript.
 *
 * @param after milliseconds that it has been so
 * @param cpu seconds of a core that it has used in that time
 */
export function knownOfMain(after: number, cpu: number | undefined): string {
  const [state] = statOf(`${main}/stat`);
  const blind = 'no JavaScript runs that could be stopped for a look';
  if (state === 'R') {
    const share = cpu === undefined ? '' : `, ${Math.min(1, cpu / (after / 1000)).toFixed(1)} of a core`;
    return `${blind}; native code is busy${share}`;
  }
  // One that was started with the standstill, or a moment before.
  const children = youngChildren(after + 500);
  if (children.length > 0) return `${blind}; it waits, and has just started the process ${children.slice(0, 5).join(', ')}`;
  const where = read(`${main}/wchan`).trim();
  const call = fileCall() ?? (where === '' || where === '0' ? undefined : where);
  return `${blind}; it waits in the kernel${call === undefined ? '' : `: ${call}`}`.slice(0, 1024);
}

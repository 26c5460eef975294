/** What /proc says about processes and sockets. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const read = file => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

function stat(pid) {
  const line = read(`/proc/${pid}/stat`);
  const [state, parent] = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return line === '' ? undefined : { state, parent: Number(parent) };
}

export const alive = pid => {
  const found = stat(pid);
  return found !== undefined && found.state !== 'Z' && found.state !== 'X';
};

/** Resident memory in bytes; 0 when the process is gone. */
export const rss = pid => Number(/^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
export const peakRss = pid => Number(/^VmHWM:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;

/** Seconds of CPU that a process has used (proc(5): utime and stime, in ticks of 10 ms). */
export function cpuOf(pid) {
  const line = read(`/proc/${pid}/stat`);
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Zombies among the children of a process. */
export const zombiesOf = pid => childrenOf(pid).filter(child => stat(child)?.state === 'Z');

export const commandOf = pid => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim().slice(0, 100);

/** Open sockets of a process, and all its descriptors. */
export function descriptors(pid) {
  let names = [];
  try {
    names = readdirSync(`/proc/${pid}/fd`);
  } catch {
    // It is gone.
  }
  const targets = names.map(name => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${name}`);
    } catch {
      return '';
    }
  });
  return { all: targets.length, sockets: targets.filter(target => target.startsWith('socket:')) };
}

/** Children of a process, by the kernel's own list. */
export function childrenOf(pid) {
  let tasks = [];
  try {
    tasks = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  return tasks
    .flatMap(task => read(`/proc/${pid}/task/${task}/children`).split(' '))
    .filter(Boolean)
    .map(Number);
}

/** Running processes that have inherited `NAME=value`. */
export function marked(entry) {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.filter(pid => pid !== process.pid && alive(pid) && read(`/proc/${pid}/environ`).split('\0').includes(entry));
}

/** Whether anybody listens on a TCP port. */
export function isListening(port) {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const tables = read('/proc/net/tcp') + read('/proc/net/tcp6');
  return tables.split('\n').some(line => {
    const [, local = '', , state] = line.trim().split(/\s+/);
    return state === '0A' && local.endsWith(wanted);
  });
}

/** Names of the abstract unix sockets that a process has bound. */
export function abstractNames(pid) {
  const inodes = new Set(descriptors(pid).sockets.map(target => target.slice(8, -1)));
  return unixSockets()
    .filter(({ inode, name }) => inodes.has(inode) && name.startsWith('@'))
    .map(({ name }) => name);
}

export const hasUnixSocket = name => unixSockets().some(socket => socket.name === name);

function unixSockets() {
  return read('/proc/net/unix')
    .split('\n')
    .slice(1)
    .map(line => line.trim().split(/\s+/))
    .map(([, , , , , , inode, name]) => ({ inode, name: name ?? '' }));
}

/** Whether somebody traces a process. */
export const isTraced = pid => /^TracerPid:\s+[1-9]/m.test(read(`/proc/${pid}/status`));

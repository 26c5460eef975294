/** Who holds a port, as far as this user may see it. Only looked up when it is in the way. */
import fs from 'node:fs';
import { markOf, masterOf } from '../child/orphans.ts';
import { stateOf } from '../child/tracked.ts';

/** State LISTEN in /proc/net/tcp (linux, include/net/tcp_states.h). */
const LISTEN = '0A';

async function listeningInodes(port: number): Promise<ReadonlySet<string>> {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(file => fs.promises.readFile(file, 'utf8').catch(() => '')));
  const inodes = new Set<string>();
  for (const line of tables.flatMap(table => table.split('\n').slice(1))) {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    if (state === LISTEN && local?.endsWith(`:${wanted}`) === true && inode !== undefined) inodes.add(`socket:[${inode}]`);
  }
  return inodes;
}

async function holds(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const descriptors = await fs.promises.readdir(`/proc/${pid}/fd`).catch(() => []);
  for (const descriptor of descriptors) {
    const target = await fs.promises.readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
    if (inodes.has(target)) return true;
  }
  return false;
}

async function holderOf(port: number): Promise<string | undefined> {
  if (port <= 0) return undefined;
  const inodes = await listeningInodes(port);
  if (inodes.size === 0) return undefined;
  const entries = await fs.promises.readdir('/proc').catch(() => []);
  for (const pid of entries.filter(entry => /^\d+$/.test(entry))) {
    if (await holds(pid, inodes)) return pid;
  }
  return undefined;
}

/** `pid 4711 (node)`, or `undefined` when it cannot be known. */
export async function ownerOf(port: number): Promise<string | undefined> {
  const pid = await holderOf(port);
  if (pid === undefined) return undefined;
  const name = await fs.promises.readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
  return `pid ${pid} (${name.trim()})`;
}

/** Whether who holds it is a child of a master of ours that has ended: its sentinel is about to end it. */
export async function isLeftOver(port: number): Promise<boolean> {
  const pid = await holderOf(port);
  const mark = pid === undefined ? undefined : await markOf(pid);
  const master = mark === undefined ? undefined : masterOf(mark);
  return master !== undefined && ['Z', undefined].includes(stateOf(master));
}

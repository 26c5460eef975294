/**
 * One master per application directory: a lock of the kernel on a file of the application (flock), which is freed
 * whatever happens to its holder, holds across containers that share the directory, and cannot be taken by another
 * user. Where there is no file, or nobody who locks it, an abstract unix socket takes its place. Linux only; elsewhere only this very
 * process is looked at.
 */
import { closeSync, fstatSync, realpathSync, statSync } from 'node:fs';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { nativeOp } from '../child/native/ops.ts';
import { BroodError } from '../errors.ts';
import { socketPath } from '../wire/abstract.ts';
import { clearHolder, openLockFile, readHolder, writeHolder } from './lock-file.ts';
import type { Holder } from './lock-file.ts';

const heldHere = new Set<string>();

/** Milliseconds that the holder may take to say who it is. */
const ANSWER = 500;
const LOOK_AGAIN = 20;

export interface Lock {
  /** The locked file, or the socket that stands for it. The lock lasts until its last copy is closed: a new master that inherits it has it, too. */
  readonly fd: number | undefined;
  /** Tells a second start where this master takes orders. */
  note(socket: string): void;
  release(): void;
}

const refusal = (baseDir: string, holder: string, details: Partial<Holder> = {}): BroodError =>
  new BroodError('BROOD_ALREADY_RUNNING', { baseDir, holder, ...details });

/** It has the lock, but may not have written yet who it is; in another container its pid means nothing here. */
async function holderOf(fd: number): Promise<Holder | undefined> {
  for (let waited = 0; waited < ANSWER; waited += LOOK_AGAIN) {
    const holder = readHolder(fd);
    if (holder !== undefined) return holder;
    await sleep(LOOK_AGAIN);
  }
  return undefined;
}

async function refuse(path: string, fd: number): Promise<BroodError> {
  const holder = await holderOf(fd);
  closeSync(fd);
  if (holder === undefined) return refusal(path, ' (by a process that cannot be seen from here, such as one in another container)');
  const { pid, since, socket } = holder;
  return refusal(path, ` (pid ${pid}, since ${since}${socket === undefined ? '' : `, control socket ${socket}`})`, holder);
}

const heldFile = (path: string, fd: number): Lock => ({
  fd,
  note: socket => writeHolder(fd, socket),
  release() {
    heldHere.delete(path);
    try {
      clearHolder(fd);
    } finally {
      closeSync(fd);
    }
  },
});

/** The lock on the file; `undefined` where there is none, or nobody who can lock it. */
async function lockFile(path: string): Promise<Lock | undefined> {
  const flock = nativeOp('lock');
  const fd = flock === undefined ? undefined : openLockFile(path);
  if (flock === undefined || fd === undefined) return undefined;
  const locking = await flock(fd).catch((error: unknown) => {
    closeSync(fd);
    throw new BroodError('BROOD_LOCK', { path, reason: String(error) }, { cause: error });
  });
  if (locking === 'held') throw await refuse(path, fd);
  if (locking === 'locked') {
    writeHolder(fd);
    return heldFile(path, fd);
  }
  closeSync(fd);
  return undefined;
}

function askSocket(name: string): Promise<string> {
  return new Promise(resolve => {
    let answer = '';
    const socket = net.connect(name);
    const timer = setTimeout(() => socket.destroy(), ANSWER);
    socket.on('data', chunk => (answer += chunk.toString()));
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(/^\d+$/.test(answer) ? ` (pid ${answer})` : '');
    });
  });
}

function descriptorOf(server: net.Server): number | undefined {
  const handle: unknown = Reflect.get(server, '_handle');
  const fd: unknown = typeof handle === 'object' && handle !== null && 'fd' in handle ? handle.fd : undefined;
  return typeof fd === 'number' && fd >= 0 ? fd : undefined;
}

/** Abstract names are those of a network namespace, and anybody in it can take one. */
async function lockSocket(path: string, inherited?: number): Promise<Lock> {
  // Device and inode name a directory whatever path leads to it, in fewer bytes than a socket's name may have.
  const { dev, ino } = statSync(path);
  const name = socketPath(`\0brood-lock-${process.getuid?.() ?? 0}-${dev}-${ino}`);
  const server = net.createServer(socket => socket.on('error', () => {}).end(String(process.pid)));
  server.unref();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      if (inherited === undefined) server.listen({ path: name, exclusive: true }, resolve);
      else server.listen({ fd: inherited, exclusive: true }, resolve);
    });
  } catch (error) {
    // Without the right to open a socket, or a descriptor for it, there is no lock to be had, and nobody who holds it.
    if (Reflect.get(Object(error), 'code') !== 'EADDRINUSE')
      throw new BroodError('BROOD_LISTEN_FAILED', { address: 'the lock of the directory', reason: String(error) }, { cause: error });
    throw refusal(path, await askSocket(name));
  }
  return {
    fd: descriptorOf(server),
    note: () => {},
    release() {
      heldHere.delete(path);
      server.close();
    },
  };
}

/**
 * Takes the lock of `baseDir`. `inherited`: the locked file of the master before this one.
 *
 * @throws BROOD_ALREADY_RUNNING, BROOD_LOCK
 */
export async function takeLock(baseDir: string, inherited?: number): Promise<Lock> {
  const path = realpathSync(baseDir);
  if (heldHere.has(path)) throw refusal(path, ` (pid ${process.pid}, this process)`, { pid: process.pid });
  heldHere.add(path);
  try {
    if (process.platform !== 'linux') return { fd: undefined, note: () => {}, release: () => void heldHere.delete(path) };
    if (inherited === undefined) return (await lockFile(path)) ?? (await lockSocket(path));
    // Who holds it is written when this one takes orders (note): until then the one before it is asked.
    return fstatSync(inherited).isSocket() ? await lockSocket(path, inherited) : heldFile(path, inherited);
  } catch (error) {
    heldHere.delete(path);
    throw error;
  }
}

/**
 * One master per application directory: an abstract unix socket is the lock, so that the kernel frees it whatever
 * happens to its holder. Linux only; elsewhere only this very process is looked at.
 */
import { realpathSync, statSync } from 'node:fs';
import net from 'node:net';
import { BroodError } from '../errors.ts';

const heldHere = new Set<string>();

/** Milliseconds that the holder may take to say who it is. */
const ANSWER = 500;

function holderOf(name: string): Promise<string> {
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

/**
 * Takes the lock of `baseDir`; the result gives it back.
 *
 * @throws BROOD_ALREADY_RUNNING
 */
export async function takeLock(baseDir: string): Promise<() => void> {
  const path = realpathSync(baseDir);
  const refuse = (holder: string): BroodError => new BroodError('BROOD_ALREADY_RUNNING', { baseDir, holder });
  if (heldHere.has(path)) throw refuse(` (pid ${process.pid}, this process)`);
  heldHere.add(path);
  if (process.platform !== 'linux') return () => void heldHere.delete(path);
  // Device and inode name a directory whatever path leads to it, in fewer bytes than a socket's name may have.
  const { dev, ino } = statSync(path);
  const name = `\0brood-lock-${process.getuid?.() ?? 0}-${dev}-${ino}`;
  const server = net.createServer(socket => socket.on('error', () => {}).end(String(process.pid)));
  server.unref();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ path: name, exclusive: true }, resolve);
    });
  } catch (error) {
    heldHere.delete(path);
    // Without the right to open a socket, or a descriptor for it, there is no lock to be had, and nobody who holds it.
    if (Reflect.get(Object(error), 'code') !== 'EADDRINUSE')
      throw new BroodError('BROOD_LISTEN_FAILED', { address: 'the lock of the directory', reason: String(error) }, { cause: error });
    throw refuse(await holderOf(name));
  }
  return () => {
    heldHere.delete(path);
    server.close();
  };
}

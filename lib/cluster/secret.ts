/** Random text that nobody can guess. */
import { closeSync, openSync, readSync } from 'node:fs';

/** From the kernel, as node:crypto would ask it; loading that module takes 5 ms, in the way of the first child. */
function fromKernel(bytes: Buffer): boolean {
  try {
    const file = openSync('/dev/urandom', 'r');
    try {
      return readSync(file, bytes) === bytes.length;
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}

/** So many random bytes, as hexadecimal digits. */
export function secretText(length: number): string {
  const bytes = Buffer.alloc(length);
  if (!fromKernel(bytes)) process.getBuiltinModule('node:crypto').randomFillSync(bytes);
  return bytes.toString('hex');
}

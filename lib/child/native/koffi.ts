/** Calls of the C library through the package koffi, an optional peer: loaded by the first call, and by nobody who needs none. */
import { createRequire } from 'node:module';
import { getSystemErrorMap } from 'node:util';

/** What is used of the package. */
interface Koffi {
  load(path: string | null): { func(prototype: string): (...values: readonly unknown[]) => unknown };
  errno(): number;
}

/** The C library, as far as it is called here. A call that fails throws an error with the system's code. */
export interface CLibrary {
  call(name: keyof typeof PROTOTYPES, ...values: readonly unknown[]): number;
}

/** Every buffer is `const uint8_t *`: its bytes are laid out here. */
const PROTOTYPES = {
  sched_setaffinity: 'int sched_setaffinity(int pid, size_t size, const uint8_t *mask)',
  prlimit: 'int prlimit(int pid, int resource, const uint8_t *now, uint8_t *before)',
  flock: 'int flock(int fd, int operation)',
  prctl: 'int prctl(int option, unsigned long value, unsigned long third, unsigned long fourth, unsigned long fifth)',
  waitpid: 'int waitpid(int pid, uint8_t *status, int options)',
  socket: 'int socket(int domain, int type, int protocol)',
  sendto: 'long sendto(int fd, const uint8_t *text, size_t size, int flags, const uint8_t *address, uint32_t length)',
  close: 'int close(int fd)',
} as const;

function load(): CLibrary | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const require = createRequire(import.meta.url);
    // Proven by the package's own types.
    const koffi = require('koffi') as Koffi;
    const library = koffi.load(null);
    const known = new Map<string, (...values: readonly unknown[]) => unknown>();
    return {
      call(name, ...values) {
        let call = known.get(name);
        if (call === undefined) known.set(name, (call = library.func(PROTOTYPES[name])));
        const result = Number(call(...values));
        if (result >= 0) return result;
        const [code = 'UNKNOWN', reason = 'unknown error'] = getSystemErrorMap().get(-koffi.errno()) ?? [];
        throw Object.assign(new Error(`${name}: ${reason} (${code})`), { code });
      },
    };
  } catch {
    // Not installed, or not for this machine; another provider does it.
    return undefined;
  }
}

let loaded: { readonly library: CLibrary | undefined } | undefined;

/** The C library; `undefined` without koffi. The first call loads the package: some 25 ms and 2 to 10 MB. */
export function cLibrary(): CLibrary | undefined {
  loaded ??= { library: load() };
  return loaded.library;
}

/** Whether an earlier call has loaded it, so that one more costs a microsecond. */
export const isLoaded = (): boolean => loaded?.library !== undefined;

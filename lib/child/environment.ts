/** The environment of a child: ours, what the spec adds, its boot options, and the mark that its descendants inherit. */
import { BOOT_VARIABLE } from '../protocol.ts';
import type { BootOfInstance } from '../protocol.ts';
import type { StartOrder } from './child.ts';
import { MARK_VARIABLE } from './orphans.ts';

/** What systemd tells the master alone; a child that believed it would speak for the master, or take its sockets. */
const OF_THE_MASTER = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID', 'LISTEN_FDS', 'LISTEN_PID', 'LISTEN_FDNAMES'];

/** What a child inherits; `ofUser`: what is different for the user that it runs as. `undefined` is left out. */
export const inherited = (ofUser: Readonly<Record<string, string>> = {}): Record<string, string | undefined> => ({
  ...process.env,
  ...Object.fromEntries(OF_THE_MASTER.map(name => [name, undefined])),
  ...ofUser,
});

export function environmentOf(
  { spec, id, slot, generation, park }: StartOrder,
  mark: string,
  ofUser: Readonly<Record<string, string>>,
): Record<string, string | undefined> {
  const own: BootOfInstance = { id, slot, generation, park };
  const boot = typeof spec.boot === 'object' && spec.boot !== null ? { ...spec.boot, ...own } : own;
  return { ...inherited(ofUser), ...spec.env, [MARK_VARIABLE]: mark, [BOOT_VARIABLE]: JSON.stringify(boot) };
}

/** The environment of a child: ours, what the spec adds, its boot options, and the mark that its descendants inherit. */
import { BOOT_VARIABLE } from '../protocol.ts';
import type { BootOfInstance } from '../protocol.ts';
import type { StartOrder } from './child.ts';
import { MARK_VARIABLE } from './orphans.ts';

export function environmentOf({ spec, id, slot, generation, park }: StartOrder, mark: string): Record<string, string | undefined> {
  const own: BootOfInstance = { id, slot, generation, park };
  const boot = typeof spec.boot === 'object' && spec.boot !== null ? { ...spec.boot, ...own } : own;
  return { ...process.env, ...spec.env, [MARK_VARIABLE]: mark, [BOOT_VARIABLE]: JSON.stringify(boot) };
}

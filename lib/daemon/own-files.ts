/** Files of the master itself: where its pid is written, and whose they are. */
import path from 'node:path';
import type { Settings } from '../cluster/options.ts';
import type { Places } from './places.ts';
import type { Plan } from './plan.ts';
import { dropPrivileges } from './privileges.ts';

/** In the background the pid is written down even when nobody says where. */
export function withPidFile({ settings, loaded }: Plan, daemon: boolean, places: Places): Settings {
  const { pidFile: given } = loaded?.config.daemon ?? {};
  const own = given === undefined ? undefined : path.resolve(path.dirname(loaded?.path ?? ''), given);
  const pidFile = settings.pidFile ?? own ?? (daemon && settings.lock ? places.pidFile : undefined);
  return { ...settings, pidFile };
}

/** Everything that needs root is open, and nothing is started yet: the master becomes who the configuration says. */
export function becomeUser({ loaded }: Plan, places: Places): void {
  const { user, group, umask } = loaded?.config.daemon ?? {};
  dropPrivileges({ user, group, umask, own: [places.directory] });
}

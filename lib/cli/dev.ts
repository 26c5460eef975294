/** `brood dev`: runs an application for somebody who works on it; what a saved file concerns is replaced at once. */
import { basename } from 'node:path';
import type { ClusterOptions } from '../cluster/option-table.ts';
import { settle } from '../cluster/options.ts';
import type { Settings } from '../cluster/options.ts';
import { obeySignals } from '../cluster/signals.ts';
import { openInBrowser } from '../child/browser.ts';
import { follow } from './dev/follow.ts';
import { hasKeys, readKeys } from './dev/keys.ts';
import { Screen } from './dev/screen.ts';
import { Session } from './dev/session.ts';
import { targetOf } from './target.ts';
import { portOf } from '../daemon/config-options.ts';
import { findFormation } from '../daemon/formation-find.ts';
import { urlOf } from '../daemon/url.ts';
import { BroodError } from '../errors.ts';
import { UsageError } from './tell.ts';

/**
 * Nothing that is open may keep the old code in use: idle connections are closed at once, what is in flight has a second.
 * A boot is tried once, the next try is the next save. A process that a debugger holds is not taken for one that hangs.
 */
const DEFAULTS = { workers: 1, drainTimeout: 1000, idleTimeout: 50, hangTimeout: 0, restart: { intensity: 0 } } as const;

const KEYS = 'r restart · o open · c clear · q quit · h help';

async function open(session: Session, screen: Screen): Promise<void> {
  const { address } = session;
  if (address === undefined) return screen.line('nothing serves yet');
  if ('path' in address) return screen.line(`a browser cannot open the socket ${address.path}`);
  const reason = await openInBrowser(urlOf(address));
  if (reason !== undefined) screen.line(`no browser could be opened: ${reason}; the address is ${urlOf(address)}`);
}

const keysOf = (session: Session, screen: Screen): Readonly<Record<string, () => void>> => ({
  r: () => {
    screen.line('restarting everything');
    session.replace();
  },
  o: () => void open(session, screen),
  c: () => screen.clear(),
  q: () => session.stop(),
  h: () => screen.line(KEYS),
});

/** @throws UsageError where there is a formation and no application of Node.js; what settle() throws */
function settled(options: ClusterOptions): Settings {
  try {
    return settle(options);
  } catch (error) {
    const found = error instanceof BroodError && error.code === 'BROOD_HOOKS_MISSING' ? findFormation(options.baseDir ?? process.cwd()) : undefined;
    if (found === undefined) throw error;
    throw new UsageError(`brood dev follows one application of Node.js, app.js or a file that is named; ${basename(found.file)} is run by: brood start`);
  }
}

/** Resolves with the exit code when the person has had enough. */
export async function dev(words: readonly string[], given: Readonly<Record<string, unknown>>): Promise<number> {
  process.env['NODE_ENV'] ??= 'development';
  const env = process.env['BROOD_ENV'] ?? process.env['EGG_SERVER_ENV'] ?? 'local';
  const said: ClusterOptions = { ...DEFAULTS, env, ...(given as ClusterOptions), ...targetOf(words) };
  const options: ClusterOptions = { ...said, ...portOf(said, {}) };
  const { baseDir } = settled(options);
  const screen = new Screen();
  const session = new Session(options, screen);
  const undo = [
    follow({ baseDir, script: options.script, framework: options.framework }, session, screen),
    obeySignals({ stop: () => session.stop(), hurry: () => session.hurry(), reload: () => session.replace(), reopenLogs: () => session.reopenLogs() }),
  ];
  if (hasKeys()) undo.push(readKeys(keysOf(session, screen), () => session.stop()));
  try {
    await session.run(() => hasKeys() && screen.line(screen.paint('dim', KEYS)));
  } finally {
    for (const step of undo) step();
  }
  return typeof process.exitCode === 'number' ? process.exitCode : 0;
}

/** What from outside a cluster answers to while it lives. */
import type { Settings } from './options.ts';
import { writePidFile } from './pid-file.ts';
import { obeyAbort, obeySignals } from './signals.ts';
import type { SignalHands } from './signals.ts';

/** Whoever wants something of the cluster from outside: signals, who may abort it, who looks for its pid. `undo` gets what takes it back. */
export function obey({ settings, undo }: { readonly settings: Settings; readonly undo: (() => void)[] }, hands: SignalHands): void {
  if (settings.signals) undo.push(obeySignals(hands));
  if (settings.abort !== undefined) undo.push(obeyAbort(settings.abort, hands));
  if (settings.pidFile !== undefined) undo.push(writePidFile(settings.pidFile, settings.egg !== undefined));
}

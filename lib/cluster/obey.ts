/** What from outside a cluster answers to while it lives. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { BroodError } from '../errors.ts';
import type { Settings } from './options.ts';
import { obeyAbort, obeySignals } from './signals.ts';
import type { SignalHands } from './signals.ts';

function writePidFile(file: string, withDirectory: boolean): () => void {
  try {
    if (withDirectory) mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${process.pid}\n`);
  } catch (error) {
    throw new BroodError('BROOD_PID_FILE', { path: file, reason: error instanceof Error ? error.message : String(error) }, { cause: error });
  }
  return () => rmSync(file, { force: true });
}

/** Whoever wants something of the cluster from outside: signals, who may abort it, who looks for its pid. `undo` gets what takes it back. */
export function obey({ settings, undo }: { readonly settings: Settings; readonly undo: (() => void)[] }, hands: SignalHands): void {
  if (settings.signals) undo.push(obeySignals(hands));
  if (settings.abort !== undefined) undo.push(obeyAbort(settings.abort, hands));
  if (settings.pidFile !== undefined) undo.push(writePidFile(settings.pidFile, settings.egg !== undefined));
}

/** `brood top`: what runs, live, at a terminal. */
import { ControlClient } from '../daemon/control-client.ts';
import { RemoteError } from '../daemon/problem.ts';
import { BroodError } from '../errors.ts';
import { baseDirOf, clientOf, remoteLines } from './client.ts';
import type { Given } from './command.ts';
import { errorLines, UsageError } from './tell.ts';
import { inForeground } from './terminal/raw.ts';
import { runTop } from './top/run.ts';
import { sourceOf } from './top/control-source.ts';

function explain(error: unknown): readonly string[] {
  if (error instanceof RemoteError) return remoteLines(error);
  if (error instanceof BroodError) return errorLines(error);
  return [error instanceof Error ? error.message : String(error)];
}

/** Resolves with the exit code. */
export async function top(words: readonly string[], given: Given): Promise<number> {
  if (words.length > 0) throw new UsageError('top takes no words; / filters what it shows');
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY && process.env['TERM'] !== 'dumb';
  if (!isTerminal || !inForeground()) throw new UsageError('top needs a terminal; elsewhere: brood ps -w, or brood ps -w --json');
  const client = await clientOf(given);
  const baseDir = baseDirOf(given);
  return runTop(
    sourceOf(client, () => ControlClient.of(baseDir)),
    { baseDir, explain },
  );
}

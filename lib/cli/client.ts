/** The master that a command is for: that of the directory it is called in, or of `--dir`. */
import { statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { ControlClient } from '../daemon/control-client.ts';
import type { RemoteError } from '../daemon/problem.ts';
import { BroodError } from '../errors.ts';
import type { Given } from './command.ts';
import { ownFrames, say } from './tell.ts';

/**
 * The directory that a command is for.
 *
 * @throws BROOD_DIRECTORY_MISSING
 */
export function baseDirOf({ dir }: Given): string {
  if (typeof dir !== 'string') return process.cwd();
  const directory = resolve(dir);
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) throw new BroodError('BROOD_DIRECTORY_MISSING', { dir });
  return directory;
}

/** What a command that is proposed needs to find the same application: ` -C ../shop`. */
let elsewhere = '';

/** The directory that the command at hand is for. */
export function speakOf(baseDir: string): void {
  const directory = relative(process.cwd(), baseDir);
  elsewhere = directory === '' ? '' : ` -C ${/^[\w./-]+$/.test(directory) ? directory : `'${directory}'`}`;
}

/** @throws BROOD_NOT_RUNNING */
export function clientOf(given: Given): Promise<ControlClient> {
  const baseDir = baseDirOf(given);
  speakOf(baseDir);
  return ControlClient.of(baseDir, typeof given['dir'] === 'string' ? given['dir'] : undefined);
}

export const timeoutOf = ({ timeout }: Given): number | undefined => (typeof timeout === 'number' ? timeout : undefined);

/** What has failed is in the history of a master that goes on. */
const STILL_RUNS: ReadonlySet<string> = new Set(['BROOD_RELOAD_FAILED', 'BROOD_RESTART_FAILED']);

/** What a start that has failed leaves. */
const HAS_ENDED: ReadonlySet<string> = new Set(['BROOD_START_FAILED', 'BROOD_START_TIMEOUT']);

/** The command that tells more. */
function nextOf({ code, instance }: RemoteError['problem']): readonly string[] {
  if (HAS_ENDED.has(code)) return [`Next: brood logs${elsewhere}`];
  return instance !== undefined && STILL_RUNS.has(code) ? [`Next: brood inspect ${instance}${elsewhere}`] : [];
}

/** An error of the master: what is wrong, where, the application's own words, and what to do. */
export function remoteLines({ problem }: RemoteError): readonly string[] {
  const own = problem.cause === undefined ? (problem.lastLines ?? []).map(line => `  ${line}`) : ownFrames(problem.cause);
  return [problem.message, ...(problem.frame === undefined ? [] : [problem.frame]), ...own, problem.hint, ...nextOf(problem)];
}

/** The result is the exit code. */
export function tellRemote(error: RemoteError): number {
  say(`brood: ${remoteLines(error).join('\n')}`);
  return error.problem.exit;
}

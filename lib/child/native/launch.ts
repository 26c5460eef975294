/**
 * What stands before the command line of a child: programs that set CPU, limits and user, and then become the child. So it has them
 * from its first instruction on, with every thread it makes; each costs a millisecond. Where they are missing, see place.ts.
 */
import type { ProcessSpec } from '../../model.ts';
import { cpuOf } from '../../policy/cpus.ts';
import { allowedCpus } from './allowed.ts';
import { heapFlags, limitFlags } from './limit-flags.ts';
import { toolPath } from './tools.ts';
import { environmentOfUser, identityOf, isOurs } from './users.ts';
import type { Identity } from './users.ts';

export interface Launch {
  /** A program and its arguments; empty when nothing is to be set. */
  readonly words: readonly string[];
  /** For spawn(), where no program sets the user; the child then has no further groups. */
  readonly ids: { readonly uid?: number; readonly gid?: number };
  /** What the user changes in the environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** The identity that a spec asks for, when it is not the present one. */
function identityFor({ user, group }: ProcessSpec): Identity | undefined {
  if (user === undefined && group === undefined) return undefined;
  const identity = identityOf(user, group);
  return isOurs(identity) ? undefined : identity;
}

function userWords({ uid, gid, name }: Identity): readonly string[] {
  const setpriv = toolPath('setpriv');
  if (setpriv === undefined) return [];
  return [setpriv, `--reuid=${uid}`, `--regid=${gid}`, name === undefined ? '--clear-groups' : '--init-groups', '--'];
}

/** Threads have one process for all slots, which cannot be bound to one CPU. */
export const cpuFor = ({ affinity, start }: ProcessSpec, slot: number): number | undefined =>
  affinity === undefined || start.kind === 'thread' ? undefined : cpuOf(slot, affinity, allowedCpus());

export function launchOf(spec: ProcessSpec, slot: number): Launch {
  const { limits = {} } = spec;
  const cpu = cpuFor(spec, slot);
  const flags = limitFlags(limits);
  const taskset = cpu === undefined ? undefined : toolPath('taskset');
  const prlimit = flags.length === 0 ? undefined : toolPath('prlimit');
  const identity = identityFor(spec);
  const user = identity === undefined ? [] : userWords(identity);
  return {
    words: [...(taskset === undefined ? [] : [taskset, '-c', String(cpu)]), ...(prlimit === undefined ? [] : [prlimit, ...flags]), ...user],
    ids: identity === undefined || user.length > 0 ? {} : { uid: identity.uid, gid: identity.gid },
    env: identity === undefined ? {} : environmentOfUser(identity),
  };
}

/** The same for fork(): `execPath` runs first, and the flags of Node.js come after the words. */
export function nodeLaunch(
  { words }: Launch,
  { limits = {}, start }: ProcessSpec,
  flags: readonly string[],
): { readonly execPath: string; readonly execArgv: string[] } {
  const execArgv = [...heapFlags(limits, flags), ...flags];
  const node = start.kind === 'command' ? process.execPath : (start.execPath ?? process.execPath);
  const [first, ...rest] = words;
  return first === undefined ? { execPath: node, execArgv } : { execPath: first, execArgv: [...rest, node, ...execArgv] };
}

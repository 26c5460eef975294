/** Which Node.js runs agent and workers, and with which flags. */
import { programAt } from '../child/program.ts';
import type { ClusterOptions } from './option-table.ts';

/** Of one role. */
export interface Runtime {
  /** Another Node.js than that of the master; `undefined`: the same. */
  readonly execPath: string | undefined;
  readonly execArgv: readonly string[];
}
export interface Runtimes {
  readonly agent: Runtime;
  readonly app: Runtime;
}

/** Flags of this process that would run something else than the entry in a child. */
const OWN_FLAGS = /^(-e|-p|-pe|-i|--eval|--print|--input-type|--interactive|--watch.*|--test.*|--inspect.*|--debug.*|-c|--check)(=.*)?$/;
const WITH_VALUE = new Set(['-e', '-p', '-pe', '--eval', '--print', '--input-type', '--watch-path']);

/** The flags of this process without those that belong to itself alone. */
export function inheritedFlags(flags: readonly string[]): readonly string[] {
  return flags.filter((flag, index) => !OWN_FLAGS.test(flag) && !WITH_VALUE.has(flags[index - 1] ?? ''));
}

/** @throws BROOD_EXEC_PATH */
export function runtimesOf({ execPath, execArgv }: Pick<ClusterOptions, 'execPath' | 'execArgv'>, baseDir: string): Runtimes {
  const runtimeOf = (role: 'agent' | 'app'): Runtime => {
    const given = typeof execPath === 'string' ? execPath : execPath?.[role];
    const path = given === undefined ? undefined : programAt(given, typeof execPath === 'string' ? 'execPath' : `execPath.${role}`, baseDir);
    const flags = execArgv === undefined || isList(execArgv) ? execArgv : execArgv[role];
    // Another Node.js may not know the flags of this one.
    return { execPath: path, execArgv: flags ?? (path === undefined ? inheritedFlags(process.execArgv) : []) };
  };
  return { agent: runtimeOf('agent'), app: runtimeOf('app') };
}

const isList = (value: unknown): value is readonly string[] => Array.isArray(value);

/** Looks at the start whether a spec can have the CPU, priority, limits and user that it asks for here. */
import { getPriority } from 'node:os';
import { BroodError } from '../../errors.ts';
import type { Desired, ProcessSpec } from '../../model.ts';
import { formatCpus, usableCpus } from '../../policy/cpus.ts';
import { allowedCpus, hardLimit, isCapable, mostFiles } from './allowed.ts';
import { limitFlags } from './limit-flags.ts';
import { nativeOp } from './ops.ts';
import { toolPath } from './tools.ts';
import { identityOf, isOurs } from './users.ts';

const REMEDY = 'install util-linux (taskset, prlimit) or the package koffi';

function affinityOf({ type, affinity, start }: ProcessSpec): string | undefined {
  if (affinity === undefined) return undefined;
  if (start.kind === 'thread') return `the instances of ${type} are threads of one process, and are not bound to CPUs`;
  const allowed = allowedCpus();
  const usable = usableCpus(affinity, allowed);
  if (usable.length === 0) throw new BroodError('BROOD_AFFINITY', { name: type, cpus: String(affinity), allowed: formatCpus(allowed) });
  if (nativeOp('bind') === undefined) return `the instances of ${type} cannot be bound to CPUs here: ${REMEDY}`;
  if (affinity !== 'auto' && usable.length < affinity.length) {
    return `of the CPUs ${String(affinity)} for ${type} this process may use only ${usable.join(', ')}; the others are left out`;
  }
  return undefined;
}

/** The lowest value that this process may give: RLIMIT_NICE 1 to 40 stands for 19 to -20. */
const lowestNice = (): number => (isCapable('niceness') ? -20 : Math.min(getPriority(), 20 - hardLimit('Max nice priority')));

function checkNice({ type, nice }: ProcessSpec): void {
  if (nice !== undefined && nice < lowestNice()) throw new BroodError('BROOD_NICE_DENIED', { name: type, nice, least: lowestNice() });
}

function limitsOf({ type, limits }: ProcessSpec): string | undefined {
  if (limits === undefined) return undefined;
  const { nofile, core } = limits;
  const most = isCapable('resource') ? mostFiles() : hardLimit('Max open files');
  if (nofile !== undefined && nofile > most) throw new BroodError('BROOD_LIMIT_DENIED', { name: type, limit: 'nofile', value: nofile, most });
  const mostCore = isCapable('resource') ? Infinity : hardLimit('Max core file size');
  if (core !== undefined && (core === 'unlimited' ? Infinity : core) > mostCore) {
    throw new BroodError('BROOD_LIMIT_DENIED', { name: type, limit: 'core', value: core, most: mostCore });
  }
  if (limitFlags(limits).length > 0 && nativeOp('limit') === undefined) return `the limits of ${type} cannot be set here: ${REMEDY}`;
  return undefined;
}

function userOf({ type, user, group }: ProcessSpec): string | undefined {
  if (user === undefined && group === undefined) return undefined;
  const identity = identityOf(user, group);
  if (isOurs(identity)) return undefined;
  if (!isCapable('setuid')) throw new BroodError('BROOD_USER_DENIED', { name: type, user: user ?? group });
  return toolPath('setpriv') === undefined ? `${type} runs without the further groups of its user here: install util-linux (setpriv)` : undefined;
}

/**
 * Checks what is wanted before it is started. The result is what cannot be had, with the remedy, each a sentence to be said once.
 *
 * @throws BROOD_AFFINITY, BROOD_NICE_DENIED, BROOD_LIMIT_DENIED, BROOD_USER_UNKNOWN, BROOD_USER_DENIED
 */
export function checkPlacement(desired: Desired): readonly string[] {
  const warnings = desired.flatMap(({ spec }) => {
    checkNice(spec);
    return [affinityOf(spec), limitsOf(spec), userOf(spec)];
  });
  return warnings.filter(warning => warning !== undefined);
}

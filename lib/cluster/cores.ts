/** How many workers fit: the cores that this process may use, and what its cgroup allows. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const readText = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

/** Whole cores of a cgroup v2 (`cpu.max`: "quota period") or v1; `undefined` without a limit. */
function cgroupCores(read: (path: string) => string | undefined): number | undefined {
  const own = /^0::(.*)$/m.exec(read('/proc/self/cgroup') ?? '')?.[1]?.replace(/\/$/, '') ?? '';
  const v2 = read(`/sys/fs/cgroup${own}/cpu.max`) ?? read('/sys/fs/cgroup/cpu.max');
  const [quota, period] = v2?.split(' ') ?? [read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us'), read('/sys/fs/cgroup/cpu/cpu.cfs_period_us')];
  const cores = Number(quota) / Number(period);
  return Number.isFinite(cores) && cores > 0 ? Math.max(1, Math.ceil(cores)) : undefined;
}

/** Cores that workers can use at a time; at least 1. `read` is for tests. */
export const usableCores = (read: (path: string) => string | undefined = readText): number =>
  Math.max(1, Math.min(availableParallelism(), cgroupCores(read) ?? Infinity));

/** WEB_CONCURRENCY as a number of workers, at most one a core: buildpacks set it to what the machine, not the process, has. */
export function webConcurrency(value: string | undefined, cores: number): number | undefined {
  if (value === undefined || !/^[1-9]\d*$/.test(value.trim())) return undefined;
  return Math.min(Number(value), cores);
}

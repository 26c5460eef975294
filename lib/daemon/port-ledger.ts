/** Which ports the types of a formation have: told before anything starts when two would have the same. */
import type { Settings } from '../cluster/options.ts';
import { BroodError } from '../errors.ts';
import type { SettledProcess } from '../formation/config/settled.ts';
import { firstPort, isBalanced } from '../formation/readiness.ts';

const HIGHEST_PORT = 65_535;

type Processes = Readonly<Record<string, SettledProcess>>;

interface Range {
  readonly type: string;
  readonly from: number;
  readonly to: number;
}

/** The ports that instances of a type have by themselves, and that of its entry; modules share one. */
function rangesOf(type: string, config: SettledProcess, count: number): readonly Range[] {
  const { command, entry, port } = config;
  const door = typeof entry === 'object' ? (entry.port ?? port) : undefined;
  const first = command === undefined || (typeof entry === 'object' && !isBalanced(entry)) ? undefined : firstPort(config);
  return [
    ...(door === undefined ? [] : [{ type, from: door, to: door }]),
    ...(first === undefined ? [] : [{ type, from: first, to: first + Math.max(1, count) - 1 }]),
  ];
}

/** Of the cluster, where there is one with a port. */
export const clusterRange = ({ bare, type, port, path, script }: Settings): readonly Range[] =>
  bare || port <= 0 || path !== undefined || script !== undefined ? [] : [{ type, from: port, to: port }];

/**
 * @param counts how many there are of a type, where that is not what `processes` says
 * @throws BROOD_FORMATION_PORTS: two types would have the same port, or there is no such port
 */
export function checkPorts(processes: Processes, counts: ReadonlyMap<string, number>, others: readonly Range[] = []): void {
  const own = Object.entries(processes).flatMap(([type, config]) => {
    const { instances = 1 } = config;
    const count = counts.get(type) ?? (instances === 'auto' ? 1 : instances);
    return count === 0 ? [] : rangesOf(type, config, count);
  });
  let highest: Range | undefined;
  for (const range of [...own, ...others].sort((a, b) => a.from - b.from)) {
    const { type, from, to } = range;
    if (to > HIGHEST_PORT) throw new BroodError('BROOD_FORMATION_PORTS', { type, from, to, why: `the highest port is ${HIGHEST_PORT}` });
    if (highest !== undefined && from <= highest.to && highest.type !== type) {
      const why = `${type} has the port ${from}`;
      throw new BroodError('BROOD_FORMATION_PORTS', { type: highest.type, from: highest.from, to: highest.to, why });
    }
    if (highest === undefined || to > highest.to) highest = range;
  }
}

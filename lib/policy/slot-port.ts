/** The port of one instance: commands of one type cannot share one, as modules do. Pure. */
import type { ProcessSpec } from '../model.ts';

type Ported = Pick<ProcessSpec, 'start' | 'env'>;

/** PORT of a command that is started into this slot, beside instances of its type that have `taken`; `undefined`: it is given none. */
export function portOfNew({ start }: Pick<Ported, 'start'>, slot: number, taken: readonly (number | undefined)[] = []): number | undefined {
  if (start.kind !== 'command' || start.port === undefined) return undefined;
  if (start.apart !== true) return start.port + Math.max(0, slot - 1);
  let { port } = start;
  while (taken.includes(port)) port++;
  return port;
}

/** Where a probe asks: one for the port of the type, or for none, is meant for that of each instance, `own`, or for what the environment says. */
export function probedPort({ start, env }: Ported, own: number | undefined, port: number | undefined): number | undefined {
  if (port !== undefined && !(start.kind === 'command' && (port === start.port || port === start.door))) return port;
  if (own !== undefined) return own;
  const said = Number(env['PORT'] ?? Number.NaN);
  return Number.isSafeInteger(said) ? said : undefined;
}

/** The port of a process of another tool that tells it by PORT. */
import { portIn } from '../policy/port-variable.ts';
import type { Variables } from './foreign.ts';

export interface WithPort {
  /** `undefined`: there is no PORT, or one that is no plain number. */
  readonly port: number | undefined;
  readonly env: Variables;
}

/** PORT as the port of the process type: so its successor comes when it has gone, and a second instance has the port after it. */
export function ownPort(env: Variables): WithPort {
  const { PORT, ...rest } = env;
  const port = PORT === undefined || PORT === null ? undefined : portIn(String(PORT));
  return port === undefined || port === 0 ? { port: undefined, env } : { port, env: rest };
}

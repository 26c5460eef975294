/** The entries of a Procfile → process types, as a configuration file would say them. Pure. */
import type { RestartPolicy } from '../model.ts';
import type { SettledProcess } from './config/settled.ts';
import type { NamedCommand } from './procfile/procfile.ts';

/** How a formation is run, beyond what its file says. */
export interface FormationStyle {
  /** PORT of the first type of the file; each further one has its ports 100 above. */
  readonly basePort: number;
  /** Of a stop, in milliseconds: what has not ended by then is killed. */
  readonly grace: number;
  /** Somebody sits before it: what ends is not started again, and a failure is the end of all. */
  readonly attended: boolean;
  /** The types that clients come to, and how: `web`, `api=tcp`, `app=socket`. */
  readonly entries: readonly string[];
  /** Where entries listen. Default: every address. */
  readonly host?: string | undefined;
  /** Each instance has a port for everybody to see, as in foreman: there is no entry. */
  readonly portPerInstance: boolean;
  /** Most instances of each type. Default: 5. */
  readonly maxInstances?: number | undefined;
}

/** foreman's, and everybody's after it. */
export const BASE_PORT = 5000;
/** Ports of a type: those of the next one begin there. */
export const PORTS_OF_TYPE = 100;
/** Is run once before everything else, and only when that is wanted; never with the others. */
export const RELEASE = 'release';

const NEVER: Pick<RestartPolicy, 'when'> = { when: 'never' };
/** What a type has where somebody sits before it. */
export const ATTENDED = { restart: NEVER, onExit: 'stop-on-failure' } as const satisfies SettledProcess;

/** `web`: a balancer of HTTP; `web=tcp`: of anything; `web=socket`: the instances take the listening socket themselves. */
function entryOf(name: string, { entries, host }: FormationStyle): SettledProcess['entry'] {
  const way = entries.map(word => word.split('=')).find(([type]) => type === name);
  if (way === undefined) return undefined;
  return { ...(host === undefined ? {} : { host }), ...(way[1] === 'socket' ? { by: 'socket' } : way[1] === 'tcp' ? { protocol: 'tcp' } : {}) };
}

/** What a type of a formation has, whatever its file says of it. */
export function styled(type: string, style: FormationStyle): SettledProcess {
  const { grace, attended, maxInstances, portPerInstance } = style;
  const entry = portPerInstance ? undefined : entryOf(type, style);
  return {
    drainTimeout: grace,
    killTimeout: 0,
    ...(maxInstances === undefined ? {} : { maxInstances }),
    ...(attended ? ATTENDED : {}),
    ...(entry === undefined ? {} : { entry }),
  };
}

/** In the order of the file, whose places give the ports: whoever starts a part of it has the same ones. */
export function processesOf(entries: readonly NamedCommand[], style: FormationStyle): Readonly<Record<string, SettledProcess>> {
  const types = entries.map(({ name, command }, place): [string, SettledProcess] => [
    name,
    { command, instances: 1, port: style.basePort + PORTS_OF_TYPE * place, ...styled(name, style) },
  ]);
  return Object.fromEntries(types.filter(([name]) => name !== RELEASE));
}

/** The command that is to be run before everything else. */
export const releaseOf = (entries: readonly NamedCommand[]): string | undefined => entries.find(({ name }) => name === RELEASE)?.command;

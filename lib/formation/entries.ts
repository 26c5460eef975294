/** The entries of an application beside its cluster: where clients come in, and to which process type. Pure. */
import type { EntryBoot } from '../entries.ts';
import type { SettledProcess } from './config/settled.ts';

export interface Entry {
  readonly type: string;
  readonly port: number;
  readonly host: string | undefined;
  readonly protocol: 'http' | 'tcp';
  readonly by: 'balancer' | 'socket';
  /** What only a balancer has. */
  readonly balancing: Pick<EntryBoot, 'trust' | 'queueTimeout'>;
}

/**
 * Milliseconds that an instance behind an entry is given (`stop.notice` of its spec) before it is asked to go: its routers have heard by then that
 * it drains. Without, a request that is not idempotent meets a connection that the instance is just closing.
 */
export const NOTICE = 50;

/** In the order of the types. One without a port is none; the configuration is told so when it is read. */
export const entriesOf = (processes: Readonly<Record<string, SettledProcess>>): readonly Entry[] =>
  Object.entries(processes).flatMap(([type, { entry, port: own }]) => {
    if (typeof entry !== 'object') return [];
    const { port = own, host, protocol = 'http', by = 'balancer', trust, queueTimeout } = entry;
    const balancing = { ...(trust === undefined ? {} : { trust }), ...(queueTimeout === undefined ? {} : { queueTimeout }) };
    return port === undefined ? [] : [{ type, port, host, protocol, by, balancing }];
  });

/** As a person types it. */
export const urlOfEntry = ({ port, host, protocol }: Entry): string => `${protocol}://${host ?? 'localhost'}:${port}`;

/** Those that a balancer of ours stands at, as it is told of them. */
export const balancedOf = (processes: Readonly<Record<string, SettledProcess>>): readonly EntryBoot[] =>
  entriesOf(processes)
    .filter(({ by }) => by === 'balancer')
    .map(({ type, port, host, protocol, balancing }) => Object.assign({ entry: type, port, protocol }, balancing, host === undefined ? {} : { host }));

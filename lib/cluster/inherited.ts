/** What a master begins with: what its settings say, and what the master before it has left. */
import { rowsOf, withQuantities } from '../supervisor/revision.ts';
import type { Part, Quantities, Revision } from '../supervisor/revision.ts';
import type { InheritedSocket } from './adopted.ts';
import type { Settings } from './options.ts';
import { AGENT, clusterPart, quantitiesOf } from './specs.ts';
import type { Meeting } from './specs.ts';

export interface Inherited {
  /** Descriptor of its locked file, or of the socket that stands for it. */
  readonly lock?: number | undefined;
  /** Listening sockets that this process was started with: of the master before it, or of a service manager. */
  readonly sockets?: readonly InheritedSocket[];
  /** The generation that every type begins with. */
  readonly generation?: number;
  /** Ports that instances of the master before this one have still. */
  readonly ports?: readonly number[];
  /** Quantities that go before those of the settings. */
  readonly quantities?: Quantities;
  /** What the application is called by what outlives its master (the memory of schedules). */
  readonly cluster?: string;
  /** Pid of its agent, which has the clock of the schedules until it has gone. */
  readonly agent?: number | undefined;
}

/** Further process types beside the cluster, and how many of each. */
export interface Others {
  readonly parts: readonly Part[];
  readonly quantities: readonly (readonly [string, number])[];
}

/** What the owner of an application adds. */
export interface Beginning {
  /** Further process types beside the cluster, and how many of each. */
  readonly beside?: (meeting: Meeting) => Others;
  /** What is to be said of the rows of every part beyond what the part says. */
  readonly dress?: (part: Part) => Part;
  readonly inherited?: Inherited;
}

/** Types of which two cannot be there at once, and how many of each are wanted. Agents on egg are told apart by their ports. */
export const exclusivesOf = (revision: Revision): Quantities =>
  new Map(
    rowsOf(revision).flatMap(({ spec: { type, exclusive }, quantity }) => (exclusive === true && type !== AGENT && quantity > 0 ? [[type, quantity]] : [])),
  );

/** The parts of an application at its first start, and what of it has to wait until the master before this one has let go. */
export function beginning(settings: Settings, meeting: Meeting, owner: Beginning): { readonly first: Revision; readonly heldBack: Quantities } {
  const first = firstRevision(settings, meeting, owner);
  const heldBack: Quantities = owner.inherited?.generation === undefined ? new Map() : exclusivesOf(first);
  return { first: withQuantities(first, new Map([...heldBack.keys()].map(type => [type, 0]))), heldBack };
}

function firstRevision(settings: Settings, meeting: Meeting, { beside, dress = part => part, inherited = {} }: Beginning): Revision {
  const others = beside?.(meeting);
  const { quantities, generation } = inherited;
  const parts = [clusterPart(settings, meeting), ...(others?.parts ?? [])].map(part => dress(part));
  return {
    parts,
    quantities: new Map([...quantitiesOf(settings), ...(others?.quantities ?? []), ...(quantities ?? [])]),
    generations: new Map(generation === undefined ? [] : parts.flatMap(({ types }) => types.map(type => [type, generation] as const))),
  };
}

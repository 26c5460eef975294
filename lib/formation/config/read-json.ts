/** JSON → value and tree of places. */
import { jsonFault } from './json-fault.ts';
import type { Fault } from './json-fault.ts';
import { Literals } from './literal.ts';
import { tokensOf } from './tokens.ts';
import type { Entry, Node } from './tree.ts';

export interface Parsed {
  readonly value: unknown;
  readonly root: Node | undefined;
  readonly faults: readonly Fault[];
}

function repeated(root: Node | undefined): readonly Entry[] {
  if (root?.kind === 'list') return root.items.flatMap(repeated);
  if (root?.kind !== 'object') return [];
  const seen = new Set<string>();
  const here = root.entries.filter(({ key }) => seen.size === seen.add(key).size);
  return [...here, ...root.entries.flatMap(({ value }) => repeated(value))];
}

export function readJson(text: string): Parsed {
  // A byte order mark is no part of the text (RFC 8259, section 8.1); the places count it.
  const mark = text.startsWith('\uFEFF') ? 1 : 0;
  let value: unknown;
  try {
    value = JSON.parse(text.slice(mark));
  } catch (error) {
    const { reason, offset } = jsonFault(text.slice(mark)) ?? { reason: error instanceof Error ? error.message : String(error), offset: 0 };
    return { value: undefined, root: undefined, faults: [{ reason, offset: offset + mark }] };
  }
  const { node } = new Literals(tokensOf(text)).read(0);
  return { value, root: node, faults: repeated(node).map(({ key, from }) => ({ reason: `the key "${key}" stands here a second time`, offset: from })) };
}

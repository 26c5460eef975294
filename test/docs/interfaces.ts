/** The sentences of the interfaces in a source, as editors show them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../helpers/paths.ts';

interface Described {
  readonly bases: readonly string[];
  readonly keys: ReadonlyMap<string, string>;
}

/** Where the interfaces of the configuration file are. */
const SOURCES = [
  'lib/cluster/option-table.ts',
  'lib/formation/config/types.ts',
  'lib/formation/config/unit-types.ts',
  'lib/formation/config/order-types.ts',
  'lib/formation/config/probe-types.ts',
  'lib/daemon/config-types.ts',
];

/** Prettier's form of an interface; the keys of an object type inside count as their own: `sticky.by`. */
function interfacesIn(source: string): readonly (readonly [string, Described])[] {
  return [...source.matchAll(/^(?:export )?interface (\w+)(?: extends ([\w, ]+))? (?:\{\}|\{\n([^]*?)\n\})/gm)].map(([, name = '', bases = '', body = '']) => {
    const keys = new Map<string, string>();
    let parent = '';
    for (const [, indent = '', about = '', key = ''] of body.matchAll(/^( +)(?:\/\*\* (.*) \*\/\n +)?readonly (\$?\w+)\??:/gm)) {
      if (indent.length === 2) parent = key;
      keys.set(indent.length === 2 ? key : `${parent}.${key}`, about);
    }
    return [name, { bases: bases.split(', ').filter(base => base !== ''), keys }];
  });
}

/** The sentence of a key of an interface, or of one that it extends. */
export function describer(): (about: string, key: string) => string | undefined {
  const known = new Map(SOURCES.flatMap(file => interfacesIn(readFileSync(path.join(root, file), 'utf8'))));
  const aliases: Readonly<Record<string, readonly string[]>> = { AgentConfig: ['RunConfig'], Plain: ['ClusterOptions'], Times: ['ClusterOptions'] };
  const describe = (about: string, key: string): string | undefined => {
    const own = known.get(about)?.keys.get(key);
    if (own !== undefined) return own;
    // What startCluster() takes in an object has its sentences there.
    const inOptions = known.get('ClusterOptions')?.keys.get(`${about}.${key}`);
    if (inOptions !== undefined) return inOptions;
    // The last one is nearest: `extends Plain, WithUnits, TopConfig`.
    for (const base of (known.get(about)?.bases ?? aliases[about] ?? []).toReversed()) {
      const found = describe(base, key);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return describe;
}

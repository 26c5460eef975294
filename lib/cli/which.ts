/** The words after a command that shows something: which instances and types they name. */
import type { Status } from '../daemon/api.ts';
import { BroodError } from '../errors.ts';
import { matchTargets } from '../policy/target.ts';
import { instanceName } from '../supervisor/names.ts';
import { rowsOf } from './render/rows.ts';

/**
 * Everything without words.
 *
 * @throws BROOD_TARGET_UNKNOWN for a word that names nothing
 */
export function which(words: readonly string[], status: Status): (name: string, type: string) => boolean {
  if (words.length === 0) return () => true;
  const types = status.types.map(({ type }) => type);
  // An empty place has a name, too.
  const places = rowsOf(status, 0).map(({ name, type }) => ({ type, slot: Number(/\.(\d+)$/.exec(name)?.[1] ?? 0) }));
  const found = matchTargets(words, types, places);
  if (found.kind === 'unknown') {
    const near = found.near.length > 0 ? `Did you mean ${found.near.map(name => `"${name}"`).join(', ')}?` : `There are: ${types.join(', ')}.`;
    throw new BroodError('BROOD_TARGET_UNKNOWN', { target: found.target, suggestion: near });
  }
  const names = new Set(found.slots.map(instanceName));
  return (name, type) => found.types.includes(type) || names.has(name);
}

/** Only what the words name. */
export function narrow(status: Status, words: readonly string[]): Status {
  const only = which(words, status);
  const items = status.items.filter(({ name, type }) => only(name, type));
  return { ...status, items, types: status.types.filter(({ type }) => only('', type) || items.some(item => item.type === type)) };
}

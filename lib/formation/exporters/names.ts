/** Names of units, services and objects, made of those of an application and its process types. Pure. */
import { BroodError } from '../../errors.ts';
import type { ExportedApp } from './model.ts';

export interface Naming {
  /** For errors. */
  readonly target: string;
  readonly of: (name: string) => string;
}

const joined = (name: string, allowed: RegExp): string => name.replaceAll(allowed, '-').replaceAll(/^-+|-+$/g, '') || 'app';

/** What systemd.unit(5) and supervisord take in a name, and what is no path. */
export const UNIT_NAMES: Naming = { target: 'file names', of: name => joined(name.replaceAll(/^\.+/g, ''), /[^\w.-]+/g) };

/** A label of RFC 1123, as Kubernetes and Compose want it; 30 characters leave room for both names in one. */
export const LABELS: Naming = { target: 'labels of RFC 1123', of: name => joined(joined(name.toLowerCase(), /[^a-z\d-]+/g).slice(0, 30), /[^a-z\d-]+/g) };

/**
 * Type → its name in the target.
 *
 * @throws BROOD_EXPORT_NAME for two that would have the same
 */
export function typeNames({ processes }: ExportedApp, { target, of }: Naming): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { type } of processes) {
    const name = of(type);
    const same = [...names].filter(([, other]) => other === name).map(([other]) => `"${other}"`);
    if (same.length > 0) throw new BroodError('BROOD_EXPORT_NAME', { types: [...same, `"${type}"`].join(' and '), name, target });
    names.set(type, name);
  }
  return names;
}

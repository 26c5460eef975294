/** A description and a Procfile beside each other: which of them names the processes. */
import { isFatal } from '../remark.ts';
import type { Remark } from '../remark.ts';
import type { NamedCommand } from '../procfile/procfile.ts';
import type { AppDescription, ModuleDescription } from './types.ts';
import { isUnsupported } from './unsupported.ts';

/** Blanks between words mean nothing to either. */
const compared = (command: string): string => command.trim().replaceAll(/\s+/g, ' ');

/** The names that only one of the two has, or that have different commands; empty: both say the same. */
export function agreesWithProcfile(processes: readonly NamedCommand[], entries: readonly NamedCommand[]): readonly string[] {
  const [described, listed] = [processes, entries].map(rows => new Map(rows.map(({ name, command }) => [name, compared(command)])));
  const names = new Set([...processes, ...entries].map(({ name }) => name));
  return [...names].filter(name => described?.get(name) !== listed?.get(name));
}

/** The module by this name; without a name the default one. */
export const moduleIn = ({ modules }: AppDescription, name?: string): ModuleDescription | undefined =>
  name === undefined ? modules.find(({ isDefault }) => isDefault) : modules.find(module => module.name === name);

/** Where the processes come from, and what there is to say of it. */
export type Precedence =
  | { readonly from: 'app-desc' | 'procfile'; readonly warning?: string }
  | { readonly from: 'nowhere'; readonly why: 'invalid' | 'unsupported' | 'no-processes' }
  | { readonly from: 'nowhere'; readonly why: 'conflict'; readonly names: readonly string[] };

/** What was read of both; `entries` is `undefined` where there is no Procfile. */
export interface Sides {
  readonly description: AppDescription | undefined;
  readonly remarks: readonly Remark[];
  readonly entries: readonly NamedCommand[] | undefined;
  readonly module?: string;
}

/** The rule of the platform: same processes are fine, different ones are an error, and a version that is not read counts as no file. */
export function precedenceOf({ description, remarks, entries, module }: Sides): Precedence {
  if (isUnsupported(remarks)) {
    if (entries === undefined) return { from: 'nowhere', why: 'unsupported' };
    return { from: 'procfile', warning: 'the description is of a version that is not read, so that the Procfile is used' };
  }
  if (description === undefined || isFatal(remarks)) return { from: 'nowhere', why: 'invalid' };
  const processes = moduleIn(description, module)?.processes ?? [];
  if (processes.length === 0) return entries === undefined ? { from: 'nowhere', why: 'no-processes' } : { from: 'procfile' };
  const names = entries === undefined ? [] : agreesWithProcfile(processes, entries);
  return names.length === 0 ? { from: 'app-desc' } : { from: 'nowhere', why: 'conflict', names };
}

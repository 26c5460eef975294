/** What a Procfile says. */
import type { Parsed } from '../config/read-json.ts';
import type { Remark } from '../remark.ts';

export interface ProcfileEntry {
  readonly name: string;
  /** As it is written, up to the end of the line. */
  readonly command: string;
  /** Of the name; both count from 1. */
  readonly line: number;
  readonly column: number;
}

/** What is run, by its name. */
export type NamedCommand = Pick<ProcfileEntry, 'name' | 'command'>;

export interface Procfile {
  /** In the order of the file. With an error among the remarks they are for looking at, not for running. */
  readonly entries: readonly ProcfileEntry[];
  /** By line and column. */
  readonly remarks: readonly Remark[];
}

/** readYaml() of ../config/read-yaml.ts: only who reads BlueKing's files loads the package. */
export type ReadYaml = (text: string) => Parsed;

/** More is no Procfile. YAML takes a second for what others take in a moment. */
export const MOST_CHARACTERS = 256 * 1024;
export const MOST_YAML = 48 * 1024;

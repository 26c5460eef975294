/** What a log hub is told, with its defaults. */
import { lstatSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { BroodError } from '../../errors.ts';
import { makeDirectory } from '../../files/make-directory.ts';
import type { MergedOutput } from './merged.ts';

const DIRECTORY_MODE = 0o750;
export const MIB = 1024 * 1024;

export interface LogHubOptions {
  /** Where the files are. Default: nowhere, the last lines are kept in memory. */
  readonly dir?: string | undefined;
  /** Bytes of a file that begin a new one; 0: any. Default: 10 MiB. */
  readonly maxSize?: number | undefined;
  /** So many old files of each type are kept; 0: all. Default: 10. */
  readonly maxFiles?: number | undefined;
  /** So long; 0: for ever. Default: 31. */
  readonly maxDays?: number | undefined;
  /** Compress old files. Default: false. */
  readonly compress?: boolean | undefined;
  /** What the instances write is passed on there, unchanged, or as one log. Default: nowhere. */
  readonly pass?: { readonly stdout: Writable; readonly stderr: Writable } | MergedOutput | undefined;
  /** Bytes that are kept in memory where there is no `dir`. Default: 1 MiB. */
  readonly memory?: number | undefined;
  /** What the master says waits for `begin()`: until then the files may be those of another one. Default: false. */
  readonly waits?: boolean | undefined;
  /** Told what cannot be written, and what was lost. */
  readonly report?: ((message: string) => void) | undefined;
  /** Default: the clock. */
  readonly now?: (() => number) | undefined;
  /** Milliseconds after which a file that cannot be written is tried again. Default: 1000. */
  readonly retry?: number | undefined;
}

/** What was counted of the output of one process type. */
export interface OutputCount {
  readonly bytes: number;
  /** Lines that could not be written to its file, or that nobody took to whom they were passed on. */
  readonly lost: number;
}

export type SystemLevel = 'info' | 'warn' | 'error';
export const LEVEL_WORDS: Readonly<Record<SystemLevel, string>> = { info: '', warn: 'warning: ', error: 'error: ' };

/** @throws BROOD_LOG_DIRECTORY */
export function openDirectory(path: string): void {
  try {
    makeDirectory(path, DIRECTORY_MODE);
    if (!lstatSync(path).isDirectory()) throw new Error('it is no directory');
  } catch (error) {
    throw new BroodError('BROOD_LOG_DIRECTORY', { path, reason: error instanceof Error ? error.message : String(error) }, { cause: error });
  }
}

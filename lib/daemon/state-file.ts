/**
 * What people have decided about an application while it ran (`.brood/state.json`): it holds over the restart of its master. Written whole
 * or not at all; one that cannot be read is put aside, and said, never fatal.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isRecord } from '../policy/rules.ts';
import type { ByHand, Stopped } from './by-hand.ts';

const VERSION = 1;

export interface ReadState {
  readonly state: Omit<ByHand, 'environment'> | undefined;
  /** Why it says nothing that can be used. */
  readonly broken?: string;
  /** Why it cannot be read. */
  readonly unreadable?: string;
}

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= 4096;

function stateIn(text: string): NonNullable<ReadState['state']> {
  const found: unknown = JSON.parse(text);
  if (!isRecord(found) || found['version'] !== VERSION) throw new Error('it is of another version');
  const { quantities, stopped } = found;
  if (!isRecord(quantities) || !isRecord(stopped)) throw new Error('quantities and stopped must be objects');
  const countsOf = (what: Record<string, unknown>): readonly (readonly [string, number])[] =>
    Object.entries(what).map(([type, count]) => {
      if (!isCount(count)) throw new Error(`"${type}" has no quantity`);
      return [type, count];
    });
  const asStopped = ([type, quantity]: readonly [string, number]): readonly [string, Stopped] => [type, { quantity, rests: false }];
  return { quantities: countsOf(quantities), stopped: countsOf(stopped).map(asStopped) };
}

/** What was decided before; `undefined`: nothing. Changes nothing: another master may hold the place. */
export function readState(file: string): ReadState {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const missing = Reflect.get(Object(error), 'code') === 'ENOENT';
    return { state: undefined, ...(missing ? {} : { unreadable: String(error) }) };
  }
  try {
    return { state: stateIn(text) };
  } catch (error) {
    return { state: undefined, broken: error instanceof Error ? error.message : String(error) };
  }
}

/** The result says what was done. */
export function putAside(file: string, reason: string): string {
  const broken = `${file}.broken`;
  const what = `${file} says nothing that can be used (${reason}); what was decided by hand is not known`;
  try {
    renameSync(file, broken);
    return `${what}. It is now ${broken}`;
  } catch {
    return what;
  }
}

/** @throws what the file system says */
export function writeState(file: string, { quantities, stopped }: Omit<ByHand, 'environment'>): void {
  // What only rests comes back by itself.
  const kept = stopped.filter(([, { rests }]) => !rests).map(([type, { quantity }]) => [type, quantity] as const);
  if (quantities.length === 0 && kept.length === 0) return rmSync(file, { force: true });
  const text = JSON.stringify({ version: VERSION, quantities: Object.fromEntries(quantities), stopped: Object.fromEntries(kept) }, undefined, 2);
  const temporary = `${file}.${process.pid}`;
  // It is there as a whole before it takes its name.
  writeFileSync(temporary, `${text}\n`, { mode: 0o600, flush: true });
  renameSync(temporary, file);
}

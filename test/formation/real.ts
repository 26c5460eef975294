/** Real programs in formations: the files of fixtures/formations, programs that stand for those that are not here, and what all of it leaves. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { assertGone, marked } from '../helpers/left.ts';
import { fixture } from '../helpers/paths.ts';
import { portClosed } from '../helpers/until.ts';
import type { Ending, Started } from './started.ts';

/** PATH with the stand-ins before everything else, so that a line stays as it is documented. */
export const WITH_STAND_INS = { PATH: `${fixture('formations', 'stand-ins')}:${process.env['PATH']}` };

/** The files of one of fixtures/formations. */
export function formationFiles(name: string): Readonly<Record<string, string>> {
  const names = readdirSync(fixture('formations', name));
  return Object.fromEntries(names.map(file => [file, readFileSync(fixture('formations', name, file), 'utf8')]));
}

export const procfile = (name: string): string => readFileSync(fixture('procfiles', name), 'utf8');

/** Fails where a program is missing: without it nothing here would be tested. */
export function needs(...programs: readonly string[]): void {
  for (const program of programs)
    execFileSync('/bin/sh', ['-c', `command -v ${program} || { echo "${program} is not installed: see tools() in .ci/run" >&2; exit 1; }`]);
}

/** Tells it to end as a user does; nothing runs on, no port is held. */
export async function endsClean({ child, ended }: Started, ports: readonly number[]): Promise<Ending> {
  const pids = marked();
  child.kill('SIGTERM');
  const ending = await ended();
  assert.equal(ending.code, 143, ending.err);
  await assertGone(pids);
  await Promise.all(ports.map(port => portClosed(port)));
  return ending;
}

/** `brood check`: whether the application could start, without starting it. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { checkProcfile, formationOf, procfileIn } from '../daemon/check-procfile.ts';
import type { ProcfileCheck } from '../daemon/check-procfile.ts';
import { checkApplication } from '../daemon/check.ts';
import type { CheckFinding } from '../daemon/check.ts';
import { formationAt } from '../daemon/formation-find.ts';
import type { FoundFormation } from '../daemon/formation-find.ts';
import { isProcfileName } from '../daemon/procfile.ts';
import { contextOf } from '../daemon/read-plan.ts';
import { PROFILES } from '../formation/procfile/profile.ts';
import type { Given } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { hasColour, painter } from './render/colours.ts';
import { findingLines, isBad, summaryOf } from './render/findings.ts';
import { inputOf } from './target.ts';
import { say, UsageError } from './tell.ts';

/** Nobody reads more of them on a screen. */
const MOST_SHOWN = 50;

function show(findings: readonly CheckFinding[]): void {
  const paint = painter(hasColour(process.stdout));
  for (const finding of findings.slice(0, MOST_SHOWN)) process.stdout.write(`${findingLines(finding, paint).join('\n')}\n`);
  if (findings.length > MOST_SHOWN) process.stdout.write(`and ${findings.length - MOST_SHOWN} more: brood check --json tells all\n`);
}

const writeJson = (items: readonly object[]): boolean => process.stdout.write(`${JSON.stringify({ apiVersion: 1, kind: 'Findings', items })}\n`);
const codeOf = (findings: readonly CheckFinding[]): number => (isBad(findings) ? EXIT.configuration : EXIT.ok);

const profiled = ({ profile, lenient }: Given): boolean => profile !== undefined || lenient !== undefined;

/** A file that was named by the word or by -f, a Procfile that must be there for a profile, or what is the application where there is no configuration. */
function formationFor(words: readonly string[], given: Given): FoundFormation | undefined {
  const [word, ...more] = words;
  if (more.length > 0) return undefined;
  const path = resolve(word ?? '.');
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  if (typeof given['procfile'] === 'string') {
    if (isFile) throw new UsageError(`one file at a time, got ${word} and ${given['procfile']}`);
    return formationAt(resolve(given['procfile']));
  }
  if (isFile) {
    if (isProcfileName(path) || formationAt(path).kind === 'app-desc') return formationAt(path);
    if (profiled(given)) throw new UsageError(`--profile and --lenient are for a Procfile: brood check -f ${word}`);
    return undefined;
  }
  return profiled(given) ? { kind: 'procfile', file: procfileIn(path) } : formationOf(path);
}

function tellProcfile(checks: readonly ProcfileCheck[], isOfSeveral: boolean): number {
  const paint = painter(hasColour(process.stdout));
  for (const [index, { profile, findings }] of checks.entries()) {
    if (isOfSeveral) process.stdout.write(`${index === 0 ? '' : '\n'}${paint('bold', profile)}: ${summaryOf(findings, 'it could be run')}\n`);
    show(findings);
  }
  const all = checks.flatMap(({ findings }) => findings);
  if (!isOfSeveral) say(summaryOf(all, 'it could be run'));
  return codeOf(all);
}

async function procfileChecked(file: string, { profile, lenient, json }: Given): Promise<number> {
  const asked = profile === 'all' ? profile : PROFILES.find(one => one === profile);
  const checks = await checkProcfile(file, { profile: asked, lenient: lenient === true });
  if (json !== true) return tellProcfile(checks, profile === 'all');
  writeJson(checks.flatMap(one => one.findings.map(finding => Object.assign({ profile: one.profile }, finding))));
  return codeOf(checks.flatMap(({ findings }) => findings));
}

/** What becomes the same is of no interest to a person. */
const isSaid = ({ rule }: CheckFinding): boolean => rule !== 'mapped' && rule !== 'unneeded';

function tell(findings: readonly CheckFinding[], { json }: Given, well: string): number {
  if (json === true) writeJson(findings);
  else {
    show(findings.filter(isSaid));
    say(summaryOf(findings, well));
  }
  return codeOf(findings);
}

/** Resolves with the exit code: 5 when something is wrong, 0 with warnings. */
export async function check(words: readonly string[], given: Given): Promise<number> {
  const { json: _json, procfile: _file, profile: _profile, lenient: _lenient, ...flags } = given;
  const found = formationFor(words, given);
  if (found?.kind === 'procfile') return procfileChecked(found.file, given);
  if (found?.kind === 'app-desc') {
    const { env } = contextOf({ options: flags, command: 'check' });
    // Loaded late: most commands read no YAML.
    const { checkAppDesc } = await import('../daemon/check-app-desc.ts');
    return tell(await checkAppDesc(found, env === 'prod' ? 'prod' : 'stag'), given, 'it could be run');
  }
  return tell(await checkApplication(inputOf(words, flags, 'check')), given, 'it could start');
}

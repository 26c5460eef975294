/** `brood doctor`: whether this machine and this directory are fit to run the application, and what to do where not. */
import { gather } from '../daemon/doctor.ts';
import { readPlan } from '../daemon/read-plan.ts';
import { diagnose } from '../policy/doctor.ts';
import type { Given } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { hasColour, painter } from './render/colours.ts';
import { findingLines, isBad, summaryOf } from './render/findings.ts';
import { inputOf } from './target.ts';
import { say } from './tell.ts';

/** Resolves with the exit code: 1 when something is wrong, 0 with warnings. */
export async function doctor(words: readonly string[], given: Given): Promise<number> {
  const { json, ...flags } = given;
  const { settings, loaded } = await readPlan(inputOf(words, flags, 'doctor'));
  const findings = diagnose(await gather(settings, loaded?.config.daemon?.user !== undefined));
  if (json === true) process.stdout.write(`${JSON.stringify({ apiVersion: 1, kind: 'Findings', items: findings })}\n`);
  else {
    const paint = painter(hasColour(process.stdout));
    for (const finding of findings) process.stdout.write(`${findingLines(finding, paint).join('\n')}\n`);
    say(summaryOf(findings, 'all well'));
  }
  return isBad(findings) ? EXIT.failed : EXIT.ok;
}

/** The release command of a formation: run once, before anything else of it is started; when it fails, nothing is started. */
import type { Ground } from '../cluster/launch.ts';
import { runCaptured } from '../child/one-off.ts';
import { BroodError } from '../errors.ts';
import { RELEASE } from '../formation/from-procfile.ts';
import type { LogHub } from '../formation/log/hub.ts';
import type { Plan } from './plan.ts';

/** As BlueKing bounds it, in milliseconds. */
const LONGEST = 15 * 60_000;

/** @throws BROOD_RELEASE_FAILED, BROOD_RELEASE_NONE, BROOD_START_ABORTED when it was ended */
export async function runRelease({ formation, settings }: Plan, { run, aborted }: Pick<Ground, 'run' | 'aborted'>, hub: LogHub): Promise<void> {
  const release = formation?.release;
  if (release === undefined) throw new BroodError('BROOD_RELEASE_NONE');
  const { command: line, env: own, cwd } = release;
  const env = { ...settings.variables, ...own, PS: `${RELEASE}.1`, BROOD_TYPE: RELEASE, BROOD_SLOT: '1' };
  const output = hub.streamsFor({ type: RELEASE, slot: 1, id: 0 });
  const { code, lastLines, late } = await runCaptured({ line, env, cwd, mark: `${run}0.`, output, timeout: LONGEST, signal: aborted });
  if (aborted.aborted) throw new BroodError('BROOD_START_ABORTED');
  if (code === 0 && !late) return;
  const reason = late ? `it took more than ${LONGEST / 60_000} minutes` : `exit code ${code}`;
  throw new BroodError('BROOD_RELEASE_FAILED', { line, reason, lastLines: lastLines.join('\n') });
}

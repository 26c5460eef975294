/** What `brood check` finds in the description of an application of BlueKing, and in the Procfile beside it. */
import { dirname, join } from 'node:path';
import { BroodError } from '../errors.ts';
import { moduleIn } from '../formation/app-desc/precedence.ts';
import type { DescEnvironment } from '../formation/app-desc/types.ts';
import type { NamedCommand } from '../formation/procfile/procfile.ts';
import { framer } from '../formation/remark-blocks.ts';
import { isFatal } from '../formation/remark.ts';
import type { Remark } from '../formation/remark.ts';
import { shownSource } from '../policy/secret-names.ts';
import { inspectAppDesc, loadAppDesc } from './app-desc.ts';
import type { LoadedAppDesc } from './app-desc.ts';
import { findingOf, ok, remarkFinding } from './check-finding.ts';
import type { CheckFinding } from './check-finding.ts';
import { programFindings } from './check-procfile.ts';
import { shownPath } from './config-place.ts';
import type { FoundFormation } from './formation-find.ts';
import { procfileText, readingOf } from './procfile.ts';
import type { ReadingOptions } from './procfile.ts';

const CHECK = 'app_desc';

interface Beside {
  readonly file: string;
  readonly entries: readonly NamedCommand[];
  readonly findings: readonly CheckFinding[];
  readonly isFatal: boolean;
}

async function besideOf(file: string, options: ReadingOptions): Promise<Beside> {
  const text = await procfileText(file);
  const { entries, remarks } = await readingOf(text, options);
  return { file, entries, findings: remarks.map(remarkFinding('procfile', file, framer(text))), isFatal: isFatal(remarks) };
}

/** What a start would take of it, or the error that it would end with. */
async function outcomeOf(loading: Promise<LoadedAppDesc>): Promise<LoadedAppDesc | BroodError> {
  try {
    return await loading;
  } catch (error) {
    if (error instanceof BroodError) return error;
    throw error;
  }
}

/** Whose processes are run, and programs that are not there. */
function runFindings({ file, from, description }: LoadedAppDesc, beside: Beside | undefined): readonly CheckFinding[] {
  const own = description === undefined ? undefined : moduleIn(description);
  const entries = from === 'procfile' ? (beside?.entries ?? []) : (own?.processes ?? []);
  const version = description === undefined ? '' : ` (version ${description.version}, ${description.environment})`;
  const names = entries.map(({ name }) => name).join(', ');
  const types = from === 'procfile' ? `process types of the Procfile: ${names}` : `process types: ${names}`;
  return [
    { ...ok(CHECK, `${shownPath(file)}${version}, ${types}`), file },
    ...programFindings(entries, join(dirname(file), own?.sourceDir ?? '.'), own?.env['PATH']),
  ];
}

/** @throws BROOD_APP_DESC_UNREADABLE, BROOD_PROCFILE_UNREADABLE */
export async function checkAppDesc(
  { file, procfile }: Pick<FoundFormation & { readonly kind: 'app-desc' }, 'file' | 'procfile'>,
  environment: DescEnvironment,
): Promise<readonly CheckFinding[]> {
  const { text, remarks } = await inspectAppDesc(file, { environment });
  const beside = procfile === undefined ? undefined : await besideOf(procfile, {});
  const sides = beside === undefined || beside.isFatal ? {} : { procfile: { file: beside.file, entries: beside.entries } };
  const outcome = await outcomeOf(loadAppDesc(file, { environment, ...sides }));
  const found = (told: readonly Remark[]): readonly CheckFinding[] => told.map(remarkFinding(CHECK, file, framer(text, shownSource)));
  const others = beside?.findings ?? [];
  // What keeps it from being run is among the remarks, or is said of the two files together.
  if (outcome instanceof BroodError) return [...(outcome.code === 'BROOD_APP_DESC' ? [] : [findingOf(CHECK, outcome)]), ...found(remarks), ...others];
  return [...(beside?.isFatal === true ? [] : runFindings(outcome, beside)), ...found(outcome.remarks), ...others];
}

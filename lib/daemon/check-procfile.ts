/** What `brood check` finds in a Procfile: what is wrong with a line, by each profile that is asked for, and programs that are not there. */
import { dirname, resolve } from 'node:path';
import { readBroodLine } from '../formation/brood-line.ts';
import type { NamedCommand } from '../formation/procfile/procfile.ts';
import { PROFILES } from '../formation/procfile/profile.ts';
import type { Profile } from '../formation/procfile/profile.ts';
import { framer } from '../formation/remark-blocks.ts';
import { isFatal } from '../formation/remark.ts';
import { programOf } from '../formation/shell-words.ts';
import { programFinding } from './check.ts';
import { remarkFinding } from './check-finding.ts';
import type { CheckFinding } from './check-finding.ts';
import { findConfig } from './config-find.ts';
import { shownPath } from './config-place.ts';
import { findFormation } from './formation-find.ts';
import type { FoundFormation } from './formation-find.ts';
import { PROCFILE, procfileText, readingOf } from './procfile.ts';

export interface ProcfileCheck {
  /** Whose rules: of one of several that were asked for, or of the one that was. */
  readonly profile: Profile;
  readonly findings: readonly CheckFinding[];
}

export interface ProcfileQuestion {
  /** One profile, or all; without it the default one, and this machine beside it. */
  readonly profile?: Profile | 'all' | undefined;
  readonly lenient?: boolean;
}

/** The files that say what the application of a directory is, where it has no configuration. What is wrong with that is found with it. */
export function formationOf(directory: string): FoundFormation | undefined {
  let config: string | undefined;
  try {
    config = findConfig(directory);
  } catch {
    return undefined;
  }
  return config === undefined ? findFormation(directory) : undefined;
}

/** The one that is looked for in a directory, whether there is one or not. */
export const procfileIn = (directory: string): string => resolve(directory, PROCFILE);

/** Another machine, or a .env file, may have what this one has not. */
export function programFindings(entries: readonly NamedCommand[], directory: string, path = process.env['PATH'] ?? ''): readonly CheckFinding[] {
  return entries.flatMap(({ name, command }) => {
    // It is this program, and needs no other.
    if (readBroodLine(command).kind === 'cluster') return [];
    const program = programOf(command);
    const finding = program === undefined ? undefined : programFinding(name, program, directory, path);
    return finding === undefined ? [] : [{ ...finding, level: 'warning' }];
  });
}

/** @throws BROOD_PROCFILE_MISSING, BROOD_PROCFILE_UNREADABLE */
export async function checkProcfile(file: string, { profile, lenient = false }: ProcfileQuestion): Promise<readonly ProcfileCheck[]> {
  const text = await procfileText(file);
  const frame = framer(text);
  const checks: ProcfileCheck[] = [];
  for (const one of profile === 'all' ? PROFILES : [profile ?? 'foreman']) {
    const { entries, remarks } = await readingOf(text, { profile: one, lenient });
    const findings = remarks.map(remarkFinding('procfile', file, frame));
    const programs = profile === undefined && !isFatal(remarks) ? programFindings(entries, dirname(file)) : [];
    const names = [...new Set(entries.map(({ name }) => name))];
    const well: CheckFinding = { check: 'procfile', level: 'ok', text: `${shownPath(file)}, process types: ${names.join(', ')}`, file };
    checks.push({ profile: one, findings: [...(isFatal(remarks) ? [] : [well]), ...findings, ...programs] });
  }
  return checks;
}

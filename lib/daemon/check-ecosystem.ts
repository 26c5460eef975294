/** What `brood check` finds in an ecosystem file of pm2 that is run as it stands: what becomes of each attribute. */
import type { Note, Outcome } from '../formation/imported.ts';
import { ok } from './check-finding.ts';
import type { CheckFinding } from './check-finding.ts';
import type { LoadedConfig } from './config-file.ts';
import { readConfigText } from './config-file.ts';
import { shownPath } from './config-place.ts';
import { readForeign } from './import-file.ts';

const LEVELS: Readonly<Record<Outcome, CheckFinding['level']>> = { mapped: 'ok', unneeded: 'ok', changed: 'note', unsupported: 'warning' };
const REMEDIES: Readonly<Partial<Record<Outcome, string>>> = {
  changed: 'Not the same, but near to it.',
  unsupported: 'It has no equal: write what you need in words of Brood, brood import pm2.',
};

function findingOf(file: string, { app, key, outcome, note }: Note): CheckFinding {
  const remedy = REMEDIES[outcome];
  const text = `${app === '' ? '' : `${app}: `}${key} — ${note}`;
  return { check: 'pm2', level: LEVELS[outcome], text, rule: outcome, file, ...(remedy === undefined ? {} : { remedy }) };
}

/** @throws BROOD_IMPORT_EMPTY, BROOD_CONFIG_… */
export async function inspectEcosystem(file: string): Promise<{ readonly loaded: LoadedConfig; readonly findings: readonly CheckFinding[] }> {
  const { text, notes, types } = await readForeign('pm2', file);
  const loaded = await readConfigText(file, text);
  return { loaded, findings: [ok('config', `${shownPath(file)}, process types: ${types.join(', ')}`), ...notes.map(note => findingOf(file, note))] };
}

/** Writes quantities that were set by hand into the configuration file, so that they hold after the next start, too. */
import { BroodError } from '../errors.ts';
import { isRecord } from '../policy/rules.ts';
import type { LoadedConfig } from './config-file.ts';
import type { Plan } from './plan.ts';

/**
 * Resolves with what the file says now, as far as it was read before.
 *
 * @throws BROOD_SAVE_NONE for no workers; BROOD_SAVE_NOWHERE without a configuration file; BROOD_CONFIG_… for a value that is computed
 */
export async function saveQuantities({ loaded, settings }: Plan, quantities: ReadonlyMap<string, number>): Promise<LoadedConfig> {
  const words = [...quantities].map(([type, count]) => (type === settings.type ? `workers: ${count}` : `${type}: ${count}`)).join(', ');
  if (quantities.get(settings.type) === 0) throw new BroodError('BROOD_SAVE_NONE');
  if (loaded === undefined) throw new BroodError('BROOD_SAVE_NOWHERE', { baseDir: settings.baseDir, words });
  // Loaded late: a master that never writes does without the editor of configurations.
  const { withEdits, writeBack } = await import('./config-write.ts');
  const edits = [...quantities].map(([type, value]) => ({
    path: type === settings.type && loaded.config.cluster === undefined ? ['workers'] : ['processes', type, 'instances'],
    value,
  }));
  await writeBack(loaded.path, edits, { env: settings.env, command: 'scale' });
  const written = withEdits(loaded.written, edits);
  return { ...loaded, written: isRecord(written) ? written : loaded.written };
}

/** Finds the configuration file of an application; reading it is another matter, and loads more (config-file.ts). */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BroodError } from '../errors.ts';
import { isRecord } from '../policy/rules.ts';
import { CONFIG_FILES, MANIFEST_KEY } from './config-names.ts';
import { shownPath } from './config-place.ts';

/** Whether package.json has our key; one that cannot be read has not. */
function hasManifestKey(file: string): boolean {
  try {
    const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isRecord(manifest) && Object.hasOwn(manifest, MANIFEST_KEY);
  } catch {
    return false;
  }
}

/**
 * The configuration file of the application in `directory`: brood.config.*, else a package.json with the key "brood".
 *
 * @throws BROOD_CONFIG_SEVERAL
 */
export function findConfig(directory: string): string | undefined {
  const found = CONFIG_FILES.filter(name => existsSync(join(directory, name)));
  if (found.length > 1) throw new BroodError('BROOD_CONFIG_SEVERAL', { directory: shownPath(resolve(directory)), files: found.join(' and ') });
  const [only] = found;
  if (only !== undefined) return resolve(directory, only);
  const manifest = resolve(directory, 'package.json');
  return hasManifestKey(manifest) ? manifest : undefined;
}

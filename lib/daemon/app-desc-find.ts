/** Finds the description of an application of BlueKing; reading it loads more (app-desc.ts). */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BroodError } from '../errors.ts';
import { shownPath } from './config-place.ts';

const FILES = ['app_desc.yaml', 'app_desc.yml'];

/**
 * The description in `directory`.
 *
 * @throws BROOD_APP_DESC_SEVERAL
 */
export function findAppDesc(directory: string): string | undefined {
  const [first, ...others] = FILES.map(name => join(directory, name)).filter(file => existsSync(file));
  if (others.length > 0) throw new BroodError('BROOD_APP_DESC_SEVERAL', { directory: shownPath(resolve(directory)) });
  return first;
}

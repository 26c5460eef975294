/** Which Brood this is. */
import { readFileSync } from 'node:fs';
import { ownDirectory } from '../own.ts';

/** `version` of our package.json. */
export function ownVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', ownDirectory), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'unknown';
}

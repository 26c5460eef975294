/** An ecosystem file of pm2, run as it stands: read as `brood import pm2` reads it, without a file being written. */
import { resolve } from 'node:path';
import type { Remark } from '../formation/remark.ts';
import { readConfigText } from './config-file.ts';
import type { Formation } from './formation-input.ts';
import { readForeign } from './import-file.ts';

/** @throws BROOD_IMPORT_EMPTY, BROOD_CONFIG_… */
export async function loadEcosystem(file: string): Promise<Formation> {
  const { text, notes } = await readForeign('pm2', file);
  const loaded = await readConfigText(resolve(file), text);
  const remarks = notes
    .filter(({ outcome }) => outcome === 'unsupported' || outcome === 'changed')
    .map(({ app, key, outcome, note }): Remark => {
      const message = `${app === '' ? key : `${app}: ${key}`} — ${note}`;
      return { level: outcome === 'unsupported' ? 'warning' : 'note', rule: outcome, message, remedy: 'Write it in words of Brood: brood import pm2' };
    });
  return { loaded, release: undefined, port: loaded.config.port ?? 0, bare: loaded.config.script === undefined, remarks };
}

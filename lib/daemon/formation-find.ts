/** Finds the file that says which processes an application has, where it has no configuration file of ours; reading it loads more (formation-file.ts). */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { findAppDesc } from './app-desc-find.ts';

export type FoundFormation =
  | { readonly kind: 'procfile'; readonly file: string }
  /** `procfile`: the one beside it. */
  | { readonly kind: 'app-desc'; readonly file: string; readonly procfile: string | undefined }
  | { readonly kind: 'pm2'; readonly file: string };

const PROCFILE = 'Procfile';
/** As pm2 looks for them; those whose names say less are only imported. */
const ECOSYSTEMS = ['ecosystem.config.js', 'ecosystem.config.cjs', 'ecosystem.config.mjs', 'ecosystem.config.json'];

/** At the root of the application: what BlueKing runs, else a Procfile, else what pm2 runs. @throws BROOD_APP_DESC_SEVERAL */
export function findFormation(directory: string): FoundFormation | undefined {
  const there = (name: string): string | undefined => [resolve(directory, name)].find(file => existsSync(file));
  const [described, procfile] = [findAppDesc(resolve(directory)), there(PROCFILE)];
  if (described !== undefined) return { kind: 'app-desc', file: described, procfile };
  if (procfile !== undefined) return { kind: 'procfile', file: procfile };
  const ecosystem = ECOSYSTEMS.map(there).find(file => file !== undefined);
  return ecosystem === undefined ? undefined : { kind: 'pm2', file: ecosystem };
}

/** What a file is that was named. */
export function formationAt(file: string): FoundFormation {
  const beside = resolve(dirname(file), PROCFILE);
  if (/app_desc[\w.-]*\.ya?ml$/.test(file)) return { kind: 'app-desc', file, procfile: existsSync(beside) ? beside : undefined };
  return { kind: /ecosystem[\w.-]*\.(?:[cm]?js|json)$/.test(file) ? 'pm2' : 'procfile', file };
}

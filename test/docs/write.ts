/** Writes the documents that follow from the code; run by `npm run docs`. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../helpers/paths.ts';
import { renderErrors, renderOptions } from './render.ts';
import { renderConfiguration, renderSchema } from './render-config.ts';
import { renderLifecycle } from './render-lifecycle.ts';

writeFileSync(path.join(root, 'docs/errors.md'), renderErrors());
writeFileSync(path.join(root, 'docs/options.md'), renderOptions(readFileSync(path.join(root, 'lib/cluster/option-table.ts'), 'utf8')));
writeFileSync(path.join(root, 'docs/lifecycle.md'), renderLifecycle());
writeFileSync(path.join(root, 'docs/configuration.md'), renderConfiguration(readFileSync(path.join(root, 'docs/configuration.md'), 'utf8')));
writeFileSync(path.join(root, 'config.schema.json'), renderSchema());

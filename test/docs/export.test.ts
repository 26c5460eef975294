/** docs/export.md shows what is exported of the configuration that it shows. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { exportedApp } from '../../lib/daemon/exported-app.ts';
import { readPlan } from '../../lib/daemon/read-plan.ts';
import { FORMATS } from '../../lib/formation/exporters/formats.ts';
import { withFiles } from '../helpers/files.ts';
import { root } from '../helpers/paths.ts';

const text = readFileSync(path.join(root, 'docs', 'export.md'), 'utf8');
const blocksOf = (part: string, language: string): readonly string[] =>
  [...part.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))].map(([, block = '']) => block);
const [, ...sections] = text.split(/^## /m);
const sectionOf = (title: string): string => sections.find(one => one.startsWith(`${title}\n`)) ?? '';

const EXAMPLES = [
  ['systemd', 'systemd', 'ini', { user: 'shop' }],
  ['supervisord', 'supervisord', 'ini', { user: 'shop' }],
  ['Compose', 'compose', 'yaml', { image: 'shop:42' }],
  ['Kubernetes', 'kubernetes', 'yaml', { image: 'registry.example/shop:42' }],
  ['Procfile', 'procfile', 'procfile', {}],
] as const;

/** Without what a document says to its reader, and how far in it stands. */
const bare = (lines: string): string =>
  lines
    .split('\n')
    .filter(line => !line.startsWith('#'))
    .map(line => line.trim())
    .join('\n')
    .trim();

describe('docs/export.md', () => {
  it('shows what is exported', async () => {
    const config = blocksOf(text, 'yaml').find(block => block.startsWith('# brood.config.yaml')) ?? '';
    await withFiles({ 'brood.config.yaml': config }, async ({ directory }) => {
      const plan = await readPlan({ options: { baseDir: directory }, command: 'export' });
      for (const [title, name, language, choice] of EXAMPLES) {
        const format = FORMATS[name];
        assert.ok(format !== undefined, name);
        const { app } = exportedApp(plan, { place: format.runsIn === 'host' ? 'host' : 'image', environment: {}, ...choice });
        const written = format.write(app).files.map(file => bare(file.text.replaceAll(directory, '/srv/shop')));
        const [block = ''] = blocksOf(sectionOf(title), language);
        assert.notEqual(block, '', title);
        assert.ok(
          written.some(one => one.includes(bare(block))),
          `${title}: ${written.join('\n\n')}`,
        );
      }
    });
  });
});

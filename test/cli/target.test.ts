/** What the words after `brood start` name. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { startInputOf } from '../../lib/cli/target.ts';
import type { StartInput } from '../../lib/cli/target.ts';
import { withFiles } from '../helpers/files.ts';

/** In a directory with these files, and an empty directory web. */
function startInputIn(files: Readonly<Record<string, string>>, words: readonly string[], flags: Readonly<Record<string, string>> = {}) {
  const before = process.cwd();
  return withFiles(files, async ({ directory, path }): Promise<StartInput & { readonly path: typeof path }> => {
    mkdirSync(path('web'));
    process.chdir(directory);
    try {
      return { ...(await startInputOf(words, flags, false)), path };
    } finally {
      process.chdir(before);
    }
  });
}

describe('the words after brood start', () => {
  it('are types of the Procfile of this directory', async () => {
    const { input } = await startInputIn({ Procfile: 'web: a\nworker: b\n' }, ['worker', 'w*']);
    assert.deepEqual([input.formation?.only, input.options.baseDir], [['worker', 'w*'], undefined]);
  });

  it('are types also where a directory is called like one', async () => {
    const { input } = await startInputIn({ Procfile: '  web : a\nworker: b\n' }, ['web', 'worker']);
    assert.deepEqual(input.formation?.only, ['web', 'worker']);
  });

  it('are types of a Procfile in YAML, which is told by its profile', async () => {
    const { input } = await startInputIn({ Procfile: '"web": a\n' }, ['web'], { profile: 'blueking' });
    assert.deepEqual(input.formation?.only, ['web']);
  });

  it('are a directory where the Procfile has no such type', async () => {
    const { input, path } = await startInputIn({ Procfile: '# web: a\nworker: b\n' }, ['web']);
    assert.deepEqual([input.formation?.only, input.options.baseDir], [undefined, path('web')]);
  });

  it('are a directory where there is no Procfile', async () => {
    const { input, path } = await startInputIn({}, ['web']);
    assert.deepEqual([input.formation?.only, input.options.baseDir], [undefined, path('web')]);
  });

  it('are types of the Procfile that is named', async () => {
    const { input, path } = await startInputIn({ 'Procfile.dev': 'web: a\n' }, ['web'], { procfile: 'Procfile.dev' });
    assert.deepEqual([input.formation?.only, input.formation?.file], [['web'], path('Procfile.dev')]);
  });

  it('are no types where the Procfile cannot be read', async () => {
    await assert.rejects(startInputIn({ 'Procfile/x': '' }, ['web']), { code: 'BROOD_PROCFILE_UNREADABLE' });
  });
});

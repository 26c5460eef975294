/** docs/command-line.md says what there is: its commands parse, its exit codes are those of the command line. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { flagsOf } from '../../lib/cli/command.ts';
import { find } from '../../lib/cli/commands.ts';
import { EXIT } from '../../lib/cli/exit-codes.ts';
import { parse } from '../../lib/cli/parse.ts';
import { root } from '../helpers/paths.ts';

const text = readFileSync(path.join(root, 'docs', 'command-line.md'), 'utf8');

describe('docs/command-line.md', () => {
  it('names only commands and flags that there are', async () => {
    const lines = [...text.matchAll(/(?:`|^\$ |\(|^)brood ([a-z][^`\n)|>]*)/gm)].map(([, line = '']) => line.trim());
    assert.ok(lines.length > 15);
    for (const line of lines) {
      const [name = '', ...words] = line.replace(/\s+#.*$/, '').split(/ +/);
      const entry = find(name);
      assert.ok(entry !== undefined, line);
      parse(entry, await flagsOf(entry), words);
    }
  });

  it('names other names of commands, and every exit code', () => {
    for (const name of ['ps', 'top', 'inspect']) for (const alias of find(name)?.aliases ?? []) assert.match(text, new RegExp(`\`(?:brood )?${alias}\``));
    for (const code of Object.values(EXIT)) assert.match(text, new RegExp(`^\\| ${code} +\\|`, 'm'));
  });
});

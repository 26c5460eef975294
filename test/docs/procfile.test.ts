/** docs/procfile.md says what there is: its remarks are those of the table, its tools and profiles all of them, its commands parse. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { flagsOf } from '../../lib/cli/command.ts';
import { find } from '../../lib/cli/commands.ts';
import { parse } from '../../lib/cli/parse.ts';
import { readYaml } from '../../lib/formation/config/read-yaml.ts';
import { TOOLS } from '../../lib/formation/procfile/dialects/tool.ts';
import { parseProcfile } from '../../lib/formation/procfile/parse.ts';
import { PROFILES } from '../../lib/formation/procfile/profile.ts';
import { REMARKS } from '../../lib/formation/procfile/remark-table.ts';
import type { RemarkEntry } from '../../lib/formation/procfile/remark-table.ts';
import { root } from '../helpers/paths.ts';

const text = readFileSync(path.join(root, 'docs', 'procfile.md'), 'utf8');
const rowsBelow = (head: string): readonly string[] => text.split(`${head}\n`)[1]?.split('\n\n')[0]?.split('\n').slice(1) ?? [];
const level = ({ level: own, forgivable }: RemarkEntry): string =>
  own === 'stray' || own === 'name' ? 'by the profile' : `${own}${forgivable === true ? '*' : ''}`;

describe('docs/procfile.md', () => {
  it('has a row for each remark, with its level', () => {
    const rows = rowsBelow('| rule | level | what is there |').map(row => row.split(' | ').slice(0, 2).join(' | '));
    assert.deepEqual(
      rows,
      Object.entries(REMARKS).map(([rule, entry]) => `| \`${rule}\` | ${level(entry)}`),
    );
  });

  it('has a row for each profile and each tool', () => {
    const profiles = rowsBelow('| profile | names | a line that is neither `NAME: command` nor a comment |').map(row => /`(\w+)`/.exec(row)?.[1]);
    const tools = rowsBelow('| tool | what surprises its users |').flatMap(row => row.split('|')[1]?.trim().split(', ') ?? []);
    assert.deepEqual([profiles, tools], [[...PROFILES], [...TOOLS]]);
  });

  it('shows a Procfile that can be run, and commands that there are', async () => {
    const [, example = ''] = /```\n(# Procfile\n.*?)```/s.exec(text) ?? [];
    for (const profile of PROFILES) {
      const { entries, remarks } = parseProcfile(example, { profile, yaml: readYaml });
      assert.deepEqual([entries.length, remarks.map(({ rule }) => rule)], [3, ['release']]);
    }
    const lines = [...text.matchAll(/(?:`|^\$ )brood ([a-z][^`\n]*)/gm)].map(([, line = '']) => line.trim());
    assert.ok(lines.length > 5);
    for (const line of lines) {
      const [name = '', ...words] = line.split(/ +/);
      const entry = find(name);
      assert.ok(entry !== undefined, line);
      parse(entry, await flagsOf(entry), words);
    }
  });
});

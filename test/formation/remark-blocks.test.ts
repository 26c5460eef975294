/** Remarks with the line that they are about. */
import assert from 'node:assert/strict';
import { remarkBlocks } from '../../lib/formation/remark-blocks.ts';
import { parseProcfile } from '../../lib/formation/procfile/parse.ts';

const blocksOf = (text: string): readonly string[] => remarkBlocks('Procfile', text, parseProcfile(text).remarks);

describe('remarks as blocks', () => {
  it('name the place, and show the line with a caret below the column', () => {
    assert.deepEqual(blocksOf('\uFEFFa: b\n\tmy.web: c\r\n').at(1)?.split('\n'), [
      'Procfile:2:2: "my.web" is no name of a process: "." is not allowed',
      '> 2 | \tmy.web: c',
      '    | \t^',
      '  Call it "my-web".',
    ]);
  });

  it('of a whole file have no line', () => {
    assert.deepEqual(blocksOf(''), ['Procfile: it names no process\n  Write a line such as web: node server.js']);
  });

  it('of a text that was not read have no line', () => {
    const remark = { level: 'error', rule: 'too-large', message: 'it is too large', remedy: 'Make it smaller.', line: 1, column: 1 } as const;
    assert.deepEqual(remarkBlocks('app_desc.yaml', '', [remark]), ['app_desc.yaml:1:1: it is too large\n  Make it smaller.']);
  });

  it('show what cannot be seen as one sign each, so that the caret stays in its place', () => {
    assert.deepEqual(blocksOf('a: \u001B[31m\u2028\0').at(0)?.split('\n').slice(1, 3), ['> 1 | a: \u241B[31m\uFFFD\u2400', '    |          ^']);
  });

  it('mask secrets, and the caret stays where it was', () => {
    const text = 'web: TOKEN=a x --password hunter2 postgres://u:p@h \\\nSECRET=abc:x\n';
    assert.deepEqual(
      blocksOf(text).map(block => block.split('\n')),
      [
        [
          'Procfile:1:52: a backslash at the end continues no line of a Procfile',
          '> 1 | web: TOKEN=******** x --password ******** postgres://********@h \\',
          '    |                                                                 ^',
          '  Write the command in one line, or put it into a script.',
        ],
        ['Procfile:2:1: "SECRET=********" is no name of a process: "=" is not allowed', '> 2 | SECRET=********', '    | ^', '  Call it "SECRET".'],
      ],
    );
  });

  it('are twenty, and the number of the others', () => {
    const blocks = blocksOf(`web: a\n${'stray\n'.repeat(50)}`);
    assert.deepEqual([blocks.length, blocks.at(-1)], [21, 'and 30 more']);
  });
});

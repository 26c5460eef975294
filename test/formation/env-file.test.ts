/** .env files: the dialect that docs/configuration.md tells of. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { parseEnvFile } from '../../lib/formation/env-file.ts';

const CASES: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['A=1', { A: '1' }],
  ['  export A = x y  # note\n', { A: 'x y' }],
  ['A=\nB=#c\nC=a#b\n', { A: '', B: '', C: 'a#b' }],
  ["A='$HOME # \\n'", { A: '$HOME # \\n' }],
  [String.raw`A="a\nb\t\"\\ \$"`, { A: 'a\nb\t"\\ $' }],
  ['A="one\ntwo" # c\nB=3', { A: 'one\ntwo', B: '3' }],
  ['A=1\r\nB="x"\r\n', { A: '1', B: 'x' }],
  ['\uFEFFA=1\n\n# c\n   \n', { A: '1' }],
  ['A=1\nA=2', { A: '2' }],
  ['URL=postgres://a:b@c/d?e=f', { URL: 'postgres://a:b@c/d?e=f' }],
  ['A.b-c=1', { 'A.b-c': '1' }],
];

describe('an env file', () => {
  for (const [text, variables] of CASES) it(JSON.stringify(text), () => assert.deepEqual(parseEnvFile(text), { ...parseEnvFile(text), variables, faults: [] }));

  const faults: readonly (readonly [string, number, number, RegExp])[] = [
    ['A=1\n  what is this\nB=2', 2, 3, /neither NAME=value nor a comment/],
    ['1A=x', 1, 1, /neither/],
    ['A=1\nB="open\nC=2', 2, 3, /quote of B is not closed/],
    ["A='x' y", 1, 3, /something follows the quote of A/],
  ];
  for (const [text, line, column, reason] of faults) {
    it(`tells what is wrong with ${JSON.stringify(text)}`, () => {
      const [fault] = parseEnvFile(text).faults;
      assert.deepEqual([fault?.line, fault?.column], [line, column]);
      assert.match(fault?.reason ?? '', reason);
    });
  }

  it('goes on after a mistake, and says in which line each variable stands', () => {
    const { variables, lines, faults: found } = parseEnvFile('A="1\n2"\n?\nB=3\n');
    assert.deepEqual(variables, { A: '1\n2', B: '3' });
    assert.deepEqual(
      [...lines],
      [
        ['A', 1],
        ['B', 4],
      ],
    );
    assert.deepEqual(
      found.map(({ line }) => line),
      [3],
    );
  });

  it('has a name of the language as a name', () => {
    const { variables } = parseEnvFile('__proto__=x\n');
    assert.deepEqual(Object.keys(variables), ['__proto__']);
    assert.equal(Reflect.get({}, 'x'), undefined);
  });

  it('gives back whatever was written in double quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), text => {
        fc.pre(!text.includes('\r'));
        const quoted = text.replaceAll(/[\\"$]/g, String.raw`\$&`);
        assert.equal(parseEnvFile(`A="${quoted}"`).variables['A'], text);
      }),
    );
  });
});

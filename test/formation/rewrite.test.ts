/** Writing one value back into the text of a configuration: that value changes, and no other byte. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { stringify } from 'yaml';
import { readJson } from '../../lib/formation/config/read-json.ts';
import { readYaml } from '../../lib/formation/config/read-yaml.ts';
import { rewrite, withValue } from '../../lib/formation/config/rewrite.ts';
import type { Rewritten } from '../../lib/formation/config/rewrite.ts';
import { scanCode } from '../../lib/formation/config/scan-code.ts';
import type { Json, Style } from '../../lib/formation/config/spell.ts';
import { reach } from '../../lib/formation/config/tree.ts';
import type { Node, Path } from '../../lib/formation/config/tree.ts';

const treeOf = (style: Style, text: string): Node => {
  const root = style === 'json' ? readJson(text).root : style === 'yaml' ? readYaml(text).root : scanCode(text);
  assert.ok(root !== undefined, text);
  return root;
};
const write = (style: Style, text: string, path: Path, value: Json): Rewritten => rewrite(text, treeOf(style, text), { path, value }, style);
const INSTANCES: Path = ['processes', 'worker', 'instances'];

interface Case {
  readonly what: string;
  readonly style: Style;
  readonly before: string;
  readonly path?: Path;
  readonly value?: Json;
  readonly after: string;
}

const CASES: readonly Case[] = [
  {
    what: 'a number of YAML between comments, with Windows line ends',
    style: 'yaml',
    before: '# shop\r\nprocesses:\r\n  worker:\r\n    instances: 2   # two\r\n    command: a\r\n',
    after: '# shop\r\nprocesses:\r\n  worker:\r\n    instances: 3   # two\r\n    command: a\r\n',
  },
  { what: 'a text in its quotes', style: 'yaml', before: "instances: 'auto'\n", path: ['instances'], value: 'x', after: "instances: 'x'\n" },
  { what: 'a value without one', style: 'yaml', before: 'processes:\n  worker:\n    instances:\n', after: 'processes:\n  worker:\n    instances: 3\n' },
  {
    what: 'a value with an anchor that nobody uses',
    style: 'yaml',
    before: 'processes: { worker: { instances: &n 2 } }',
    after: 'processes: { worker: { instances: &n 3 } }',
  },
  {
    what: 'an alias, and not what it names',
    style: 'yaml',
    before: 'workers: &n 2\nprocesses:\n  worker:\n    instances: *n\n',
    after: 'workers: &n 2\nprocesses:\n  worker:\n    instances: 3\n',
  },
  {
    what: 'a key that is missing: a line after the last one and its comment',
    style: 'yaml',
    before: 'processes:\n    worker:\n        command: a # runs\n        # the end\n\n    other:\n        command: b\n',
    after: 'processes:\n    worker:\n        command: a # runs\n        instances: 3\n        # the end\n\n    other:\n        command: b\n',
  },
  {
    what: 'a key after a text of several lines',
    style: 'yaml',
    before: 'processes:\n  worker:\n    command: |\n      a\n      b\n\nworkers: 1\n',
    after: 'processes:\n  worker:\n    command: |\n      a\n      b\n    instances: 3\n\nworkers: 1\n',
  },
  { what: 'every key above that is missing', style: 'yaml', before: 'workers: 1', after: 'workers: 1\nprocesses:\n  worker:\n    instances: 3' },
  { what: 'a file that says nothing', style: 'yaml', before: '# nothing yet\n', path: ['workers'], after: '# nothing yet\nworkers: 3\n' },
  { what: 'an object of nothing', style: 'yaml', before: 'processes: # none yet\n', after: 'processes: # none yet\n  worker:\n    instances: 3\n' },
  { what: 'a list item', style: 'yaml', before: 'ports: [1, 2]\n', path: ['ports', 1], after: 'ports: [1, 3]\n' },
  { what: 'JSON on one line', style: 'json', before: '{"workers":1}', after: '{"workers":1, "processes": { "worker": { "instances": 3 } }}' },
  {
    what: 'JSON on several lines',
    style: 'json',
    before: '{\n\t"processes": {\n\t\t"worker": {\n\t\t\t"command": "a"\n\t\t}\n\t}\n}\n',
    after: '{\n\t"processes": {\n\t\t"worker": {\n\t\t\t"command": "a",\n\t\t\t"instances": 3\n\t\t}\n\t}\n}\n',
  },
  { what: 'JSON of nothing', style: 'json', before: '{}\n', path: ['workers'], after: '{ "workers": 3 }\n' },
  {
    what: 'TypeScript with a type, comments and a trailing comma',
    style: 'code',
    before: "// c\nexport default {\n  workers: 1, // one\n  processes: { worker: { command: 'a' } },\n} satisfies BroodConfig;\n",
    after: "// c\nexport default {\n  workers: 1, // one\n  processes: { worker: { command: 'a', instances: 3 } },\n} satisfies BroodConfig;\n",
  },
  {
    what: 'a value inside of a function',
    style: 'code',
    before: 'export default defineConfig(({ env }) => {\n  return { processes: { worker: { instances: 0x2 as const } } };\n});\n',
    after: 'export default defineConfig(({ env }) => {\n  return { processes: { worker: { instances: 3 as const } } };\n});\n',
  },
  {
    what: 'a key behind a spread, without a trailing comma',
    style: 'code',
    before: 'module.exports = {\n  ...shared // all of it\n}\n',
    path: ['workers'],
    after: 'module.exports = {\n  ...shared, // all of it\n  workers: 3\n}\n',
  },
  {
    what: 'a text in double quotes',
    style: 'code',
    before: 'export default { name: "a" }',
    path: ['name'],
    value: `it's "b"`,
    after: String.raw`export default { name: "it's \"b\"" }`,
  },
];

describe('a value that is written back', () => {
  for (const { what, style, before, path = INSTANCES, value = 3, after } of CASES) {
    it(`${style}: ${what}`, () => {
      assert.deepEqual(write(style, before, path, value), { text: after });
    });
  }

  it('is refused where it is computed, with the place and the source of it', () => {
    const text = 'const n = 2;\nexport default { workers: n * 2, processes: shared };\n';
    assert.deepEqual(write('code', text, ['workers'], 3), { hindrance: { reason: 'it is computed there (n * 2)', offset: text.indexOf('n * 2') } });
    assert.deepEqual(write('code', text, INSTANCES, 3), { hindrance: { reason: 'it is computed there (shared)', offset: text.indexOf('shared') } });
  });

  it('is refused where a text stands in the way, or lines that would be lost', () => {
    assert.match(JSON.stringify(write('yaml', 'processes: none\n', INSTANCES, 3)), /has no key \\"worker\\"/);
    assert.match(JSON.stringify(write('yaml', 'maxMemory:\n  soft: 1gb\n', ['maxMemory'], '2gb')), /on several lines/);
  });
});

const key = fc.constantFrom('workers', 'name', 'processes', 'worker', 'instances', 'a-b', 'x y', 'true', '1', 'ends:', '#c');
const leaf: fc.Arbitrary<Json> = fc.oneof(
  fc.nat(9000),
  fc.boolean(),
  fc.constantFrom('auto', '30s', '', "it's", 'a: b', '# no', '- x', 'null', '1e3', 'tab\t', 'line\nline', 'é€😀'),
  fc.constant(null),
);
const tree: fc.Arbitrary<{ readonly [key: string]: Json }> = fc.letrec(tie => ({
  node: fc.oneof({ depthSize: 'small' }, leaf, fc.array(leaf, { maxLength: 3 }), tie('object')),
  object: fc.dictionary(key, tie('node') as fc.Arbitrary<Json>, { maxKeys: 4 }),
})).object;
const path = fc.array(key, { minLength: 1, maxLength: 4 });

/** Whether all of `text` is in `longer`, in its order. */
function isKept(text: string, longer: string): boolean {
  let at = 0;
  for (const letter of longer) if (text.startsWith(letter, at)) at += letter.length;
  return at === text.length;
}

/** Comments wherever the format has them, and the line ends of either world. */
const dressed = (text: string, comment: string, eol: string): string =>
  text
    .split('\n')
    .map((line, at) => (at % 2 === 0 && line !== '' && !/[|>"'\\]|^ *[^:]*$/.test(line) ? `${line} ${comment}` : line))
    .join(eol);

describe('a text in which one value was changed', () => {
  const check = (style: Style, text: string, way: Path, value: Json): boolean => {
    const read = (source: string): unknown => (style === 'json' ? readJson(source) : readYaml(source)).value;
    const result = write(style, text, way, value);
    if ('hindrance' in result) return false;
    const before = read(text);
    assert.deepEqual(read(result.text), withValue(before, way, value), `${text}\n--- ${way.join('.')} = ${JSON.stringify(value)}\n${result.text}`);
    const { node, entry, rest } = reach(treeOf(style, text), way);
    const { from, to } = entry?.alias ?? node;
    if (rest.length === 0) assert.equal(result.text.startsWith(text.slice(0, from)) && result.text.endsWith(text.slice(to)), true, result.text);
    else assert.equal(isKept(node.kind === 'scalar' ? text.slice(0, from) + text.slice(to) : text, result.text), true, `${text}\n---\n${result.text}`);
    return true;
  };

  it('says the same but for that value: JSON', () => {
    fc.assert(
      fc.property(tree, path, leaf, fc.constantFrom<string | number>(0, 1, 2, '\t'), (value, way, replacement, indent) => {
        check('json', JSON.stringify(value, null, indent), way, replacement);
      }),
      { numRuns: 500 },
    );
  });

  it('says the same but for that value: YAML, in blocks and braces, with comments, with \\r\\n', () => {
    let written = 0;
    fc.assert(
      fc.property(tree, path, leaf, fc.record({ eol: fc.constantFrom('\n', '\r\n'), flow: fc.boolean() }), (value, way, replacement, { eol, flow }) => {
        const text = dressed(stringify(value, { collectionStyle: flow ? 'flow' : 'block' }), '# c', eol);
        fc.pre(readYaml(text).faults.length === 0);
        if (check('yaml', text, way, replacement)) written++;
      }),
      { numRuns: 500 },
    );
    assert.ok(written > 200, `${written} of 500`);
  });
});

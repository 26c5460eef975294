/** Where a key stands in the text of a configuration, in each format; what cannot be known is not made up. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { jsonFault } from '../../lib/formation/config/json-fault.ts';
import { readJson } from '../../lib/formation/config/read-json.ts';
import { readYaml } from '../../lib/formation/config/read-yaml.ts';
import { scanCode } from '../../lib/formation/config/scan-code.ts';
import { tokensOf } from '../../lib/formation/config/tokens.ts';
import { placeOf, reach, valueOf } from '../../lib/formation/config/tree.ts';
import type { Node, Path } from '../../lib/formation/config/tree.ts';

/** The text at a place; `undefined` without one. */
function shownAt(text: string, root: Node | undefined, path: Path, part: 'key' | 'value' = 'value'): string | undefined {
  const place = root === undefined ? undefined : placeOf(root, path, part);
  return place === undefined ? undefined : text.slice(place.from, place.to);
}

describe('a place in code', () => {
  const cases: readonly (readonly [string, string, Path, string | undefined])[] = [
    ['an exported object', 'export default { workers: 4 };', ['workers'], '4'],
    ['module.exports', 'module.exports = { workers: 4 };', ['workers'], '4'],
    ['defineConfig', "import { defineConfig } from 'brood';\nexport default defineConfig({ a: { 'b-c': [1, 2] } });", ['a', 'b-c', 1], '2'],
    ['a constant with a type', 'const c: Config<{ a: 1 }> = { workers: 4 };\nexport default c;', ['workers'], '4'],
    ['satisfies', 'const c = { workers: 4 } satisfies Config;\nexport default c as Config;', ['workers'], '4'],
    ['an arrow with a body', 'export default async ({ env }: Context): Promise<{ a: 1 }> => {\n  const x = 1;\n  return { workers: 4 };\n}', ['workers'], '4'],
    ['a function', 'function config(context) { return { workers: -4 } }\nexport default config;', ['workers'], '-4'],
    ['a wrapped object', 'export default (context) => ({ workers: 4 })', ['workers'], '4'],
    [
      'what looks like code in comments, strings, templates and patterns',
      'export default {\n // workers: 1 }\n /* { */ a: "}", b: `${"}"}{`, c: /[/}]{/g, workers: 4 }',
      ['workers'],
      '4',
    ],
    ['what is computed', "export default { workers: env === 'prod' ? 4 : 1, port: 1 }", ['workers'], "env === 'prod' ? 4 : 1"],
    ['what is in something computed', 'export default { processes: shared, port: 1 }', ['processes', 'worker', 'instances'], 'shared'],
    ['a shorthand', 'const ports = [1];\nexport default { ports }', ['ports', 0], 'ports'],
    ['a division', 'export default { a: 1 / 2, b: 3 / 4, workers: 4 }', ['workers'], '4'],
    ['a key that is missing', 'export default { processes: { worker: { instances: 1 } } }', ['processes', 'worker', 'command'], 'worker'],
    ['a key that may come from a spread', 'export default { ...shared, port: 1 }', ['workers'], undefined],
    ['two returns', 'export default c => { if (c) { return { workers: 1 } } return { workers: 2 } }', ['workers'], undefined],
    ['a module that exports what it imports', "export { default } from './other.js'", ['workers'], undefined],
    ['names that lead in circles', 'const a = b; const b = a; export default a;', ['workers'], undefined],
    ['no code at all', '}{ export default ((([`${', ['workers'], undefined],
  ];
  for (const [what, text, path, found] of cases) {
    it(`${what}: ${found ?? 'none'}`, () => assert.equal(shownAt(text, scanCode(text), path), found));
  }

  it('takes the last of two keys, as the language does', () => {
    const text = 'export default { workers: 1, workers: 2 }';
    assert.equal(shownAt(text, scanCode(text), ['workers']), '2');
  });

  it('survives any text, and covers it with tokens in order', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '(',
      ')',
      '`',
      '${',
      '"',
      "'",
      '/',
      '//',
      '/*',
      '*/',
      '\\',
      '\n',
      'export default ',
      'a: ',
      '1',
      ', ',
      '...',
      '=>',
      'return ',
      '\u2028',
      '😀',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), pieces => {
        const text = pieces.join('');
        scanCode(text);
        let end = 0;
        for (const { from, to } of tokensOf(text)) {
          assert.ok(from >= end && to > from);
          end = to;
        }
        assert.ok(end <= text.length);
      }),
      { numRuns: 2000 },
    );
  });

  it('gives up on brackets without end, within the time of a reader', () => {
    const before = process.cpuUsage().user;
    for (const text of ['[', '`${', '{a:', 'export default {', 'export default a(', '/', "'"]) scanCode(text.repeat(30_000));
    // CPU time of this process, not the clock: a hundred times what it takes.
    assert.ok(process.cpuUsage().user - before < 30_000_000);
  });
});

describe('a place in JSON', () => {
  it('is found for every value, and the tree says what JSON.parse() says', () => {
    fc.assert(
      fc.property(fc.json({ noUnicodeString: false }), fc.constantFrom(0, 2), (json, indent) => {
        const text = JSON.stringify(JSON.parse(json), null, indent);
        const { root, value } = readJson(text);
        assert.ok(root !== undefined);
        // A key that stands there twice is told of; the last one counts in both.
        assert.deepEqual(JSON.stringify(valueOf(root)), JSON.stringify(value));
      }),
    );
  });

  it('of a mistake is found exactly when JSON.parse() fails', () => {
    const piece = fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '"', '1', '-', '0', '.5', 'e3', 'true', 'null', ' ', '\n', '\\', 'x');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), pieces => {
        const json = pieces.join('');
        let isJson = true;
        try {
          JSON.parse(json);
        } catch {
          isJson = false;
        }
        assert.equal(jsonFault(json) === undefined, isJson, json);
      }),
      { numRuns: 5000 },
    );
  });

  it('of a mistake is where it is', () => {
    const at = (text: string): readonly (string | number)[] => readJson(text).faults.flatMap(({ offset, reason }) => [offset, reason]);
    assert.deepEqual(at('{"a": 1,}')[0], 8);
    assert.deepEqual(at('{"a": '), [5, 'the text ends where a value should be']);
    assert.deepEqual(at('[1 2]'), [3, '"2" stands where "," or "]" should be']);
    assert.deepEqual(at('{"a": {"b": 1, "b": 2}}'), [15, 'the key "b" stands here a second time']);
    assert.deepEqual(at('\uFEFF{"a": x}')[0], 7);
  });
});

describe('a place in YAML', () => {
  const text = '# shop\ndefaults: &d { command: a, instances: 2 }\nprocesses:\n  worker:\n    <<: *d\n    instances: 3 # three\n  other: *d\n';
  const { root, value } = readYaml(text);

  it('is found, through merges and aliases to where a value is written', () => {
    assert.equal(shownAt(text, root, ['processes', 'worker', 'instances']), '3');
    assert.equal(shownAt(text, root, ['processes', 'worker', 'command']), 'a');
    assert.equal(shownAt(text, root, ['processes', 'other', 'instances']), '2');
    assert.equal(shownAt(text, root, ['processes', 'other'], 'key'), 'other');
    assert.deepEqual(Reflect.get(Object(value), 'processes'), { worker: { command: 'a', instances: 3 }, other: { command: 'a', instances: 2 } });
  });

  const faults: readonly (readonly [string, RegExp, number])[] = [
    ['a: 1\na: 2\n', /key "a" stands here a second time/, 5],
    ['a: &a [*a]\n', /stands inside of what it names/, 7],
    ['a: *b\n', /no anchor &b/, 3],
    ['a: !!js/function x\n', /Unresolved tag/, 3],
    ['a: 1\n---\nb: 2\n', /a second document begins here/, 5],
    ['? [a]\n: 1\n', /must be a plain word/, 2],
    ['a: 2026-01-01T00:00:00Z\nb: [1\nc: 2\n', /Flow sequence/, 30],
    ['a: 1\n\tb: 2\n', /[Tt]ab/, 5],
    ['<<: 1\n', /<< takes an alias/, 4],
  ];
  for (const [source, reason, offset] of faults) {
    it(`is told for ${JSON.stringify(source)}`, () => {
      const [fault] = readYaml(source).faults;
      assert.match(fault?.reason ?? '', reason);
      assert.equal(fault?.offset, offset);
    });
  }

  it('keeps keys of the language as keys', () => {
    const parsed = readYaml('__proto__: { polluted: true }\nconstructor: 1\n').value;
    assert.deepEqual(Object.keys(Object(parsed)), ['__proto__', 'constructor']);
    assert.equal(Reflect.get({}, 'polluted'), undefined);
    assert.equal(Reflect.get(Object(parsed), 'polluted'), undefined);
  });

  it('is shared by all aliases, so that a few lines stay a few values', () => {
    const lines = Array.from(
      { length: 30 },
      (_, at) =>
        `a${at}: &a${at} [${
          at === 0
            ? '1'
            : Array(9)
                .fill(`*a${at - 1}`)
                .join(', ')
        }]`,
    );
    const bomb = readYaml(`${lines.join('\n')}\n`);
    assert.deepEqual(bomb.faults, []);
    assert.equal(reach(bomb.root ?? assert.fail(), ['a29', 3, 4, 5]).rest.length, 0);
  });
});

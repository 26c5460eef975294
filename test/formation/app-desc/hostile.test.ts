/** app_desc.yaml from somebody who means harm, or has lost his way: an answer within a second, never an exception. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { readAppDesc } from '../../../lib/formation/app-desc/read.ts';
import { isFatal } from '../../../lib/formation/remark.ts';
import { fixture } from '../../helpers/paths.ts';
import { described, placesOf, remarksOf } from './reading.ts';

const HEAD = 'spec_version: 2\nmodule: {language: Go}\n';

/** Ten lists of ten of the one before. */
const laughs = (depth: number): string =>
  `${HEAD}tenant:\n  a0: &a0 [x]\n${Array.from({ length: depth }, (_, index) => `  a${index + 1}: &a${index + 1} [${Array.from({ length: 10 }, () => `*a${index}`).join(', ')}]`).join('\n')}\n`;

/** Aliases that stand for ever deeper ones: the text is flat. */
const tower = (floors: number): string =>
  `${HEAD}tenant:\n  a0: &a0 {x: 1}\n${Array.from({ length: floors }, (_, index) => `  a${index + 1}: &a${index + 1} {x: *a${index}}`).join('\n')}\n`;

const HARMFUL: readonly (readonly [string, string, RegExp])[] = [
  ['a million laughs', laughs(6), /^too-large/],
  ['a tower of aliases', tower(300), /^too-large/],
  ['a loop of anchors', `${HEAD}tenant: &a\n  b: *a\n`, /^syntax 4:6$/],
  ['a loop in a merge', 'spec_version: 2\nmodule: &m\n  language: Go\n  <<: *m\n', /^syntax 4:7$/],
  ['ten megabytes of one word', HEAD + 'a'.repeat(10 * 1024 ** 2), /^too-large 1:1$/],
  ['ten megabytes of lines', HEAD + '- a\n'.repeat(2.5 * 1024 ** 2), /^too-large 1:1$/],
  ['ten megabytes of a logo', `${HEAD}logo_b64data: ${'QUJD'.repeat(2.5 * 1024 ** 2)}\n`, /^too-large 1:1$/],
  ['more than it may have', `${HEAD}# ${'x'.repeat(47 * 1024)}\n# ${'x'.repeat(1024)}\n`, /^too-large 1:1$/],
  ['a thousand levels', `spec_version: 2\nmodule: ${'['.repeat(1000)}${']'.repeat(1000)}`, /^syntax/],
  ['hundreds of repeated keys before what cannot be read', `${'a: 1\n'.repeat(300)}b: *none\n`, /^syntax 2:1$/],
  ['names of the language', 'spec_version: 2\nmodule:\n  language: Go\n  processes:\n    __proto__: {command: x}', /^process-name 5:5$/],
];

describe('a description that means harm', () => {
  for (const [what, text, place] of HARMFUL)
    it(`has an answer within a second: ${what}`, () => {
      const begin = performance.now();
      const [first] = placesOf(text);
      assert.ok(performance.now() - begin < 1000, `${performance.now() - begin} ms`);
      assert.match(first ?? '', place);
      assert.equal(Reflect.get({}, 'command'), undefined);
    });

  it('may have a logo that is larger than all the rest may be', () => {
    const logo = 'QUJD'.repeat(60_000);
    assert.equal(described(`${HEAD}logo_b64data: "${logo}"\n`).platform['logoB64data'], logo);
  });

  it('with hundreds of mistakes tells the first hundred', () => {
    const remarks = remarksOf(`spec_version: 2\nmodule:\n${Array.from({ length: 500 }, (_, index) => `  key${index}: 1`).join('\n')}\n`);
    assert.equal(remarks.length, 100);
  });

  it('with a hundred warnings is not taken for one without mistakes', () => {
    const text = `spec_version: 2\nmodule:\n${Array.from({ length: 100 }, (_, index) => `  key${index}: 1`).join('\n')}\n  processes: 3\n`;
    assert.equal(readAppDesc(text, { environment: 'stag' }).description, undefined);
  });
});

/** Every word that means something, beside what means nothing. */
const words = [
  ...new Set(['shop-2.yaml', 'shop-3.yaml', 'broken.yaml'].flatMap(name => readFileSync(fixture('app-desc', name), 'utf8').match(/[\w$./{}-]+/g) ?? [])),
];

describe('whatever the text', () => {
  const read = (text: string): void => {
    for (const environment of ['stag', 'prod'] as const) {
      const { description, remarks } = readAppDesc(text, { environment, module: 'default' });
      // Either there is a description, or a reason why there is none; a reason has a place in the text.
      assert.equal(description === undefined, isFatal(remarks), text);
      for (const { line = 0, column = 0 } of remarks) assert.ok(line >= 1 && line <= text.split('\n').length && column >= 1, text);
      for (const module of description?.modules ?? [])
        for (const { command, replicas } of module.processes) assert.ok(command.trim() !== '' && Number.isSafeInteger(replicas) && replicas >= 0, text);
    }
  };

  it('reading it never throws: any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), text => read(text)),
      { numRuns: 200 },
    );
  });

  it('reading it never throws: descriptions with any values', () => {
    const word = fc.oneof(
      fc.constantFrom(...words),
      fc.constantFrom<string | number | boolean | null>(0, 1, -1, 3, 1.5, true, false, null, '', '__proto__', 'constructor'),
    );
    const value = fc.letrec(tie => ({
      any: fc.oneof(
        { maxDepth: 5, withCrossShrink: true },
        word,
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...words), tie('any'), { maxKeys: 5 }),
      ),
    })).any;
    fc.assert(
      fc.property(
        fc.constantFrom({ spec_version: 2 }, { specVersion: 3 }),
        fc.dictionary(fc.constantFrom('module', 'modules', 'app', ...words), value, { maxKeys: 4 }),
        (version, rest) => read(JSON.stringify({ ...version, ...rest })),
      ),
      { numRuns: 200 },
    );
  });

  it('reading it never throws: the examples with a few words exchanged', () => {
    const texts = ['shop-2.yaml', 'shop-3.yaml'].map(name => readFileSync(fixture('app-desc', name), 'utf8'));
    const exchange = fc.record({ at: fc.nat(10_000), by: fc.constantFrom(...words, '', '"', '\n', '- ', '[', '&a', '*a') });
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.array(exchange, { minLength: 1, maxLength: 4 }), (text, exchanges) => {
        const pieces = text.split(/([\w$./{}-]+)/);
        for (const { at, by } of exchanges) pieces[at % pieces.length] = by;
        read(pieces.join(''));
      }),
      { numRuns: 200 },
    );
  });
});

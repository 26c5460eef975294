/** The rules of options: the check and the JSON schema of one say the same. */
import assert from 'node:assert/strict';
import { Ajv } from 'ajv';
import * as fc from 'fast-check';
import { NESTED, OPTIONS } from '../../lib/cluster/option-table.ts';
import type { Rule } from '../../lib/policy/rules.ts';

const ajv = new Ajv({ strict: true, allowUnionTypes: true });

/** Values that are at home in a file, near the edges of the rules. */
const value = fc.oneof(
  fc.constantFrom(true, false, null, 'auto', 'any', 'held', 'process', 'sid', 'ip', 'leave', '', 'x', '30s', 'a b'),
  fc.constantFrom(-1, 0, 0.5, 1, 2, 16, 17, 1023, 1024, 4096, 4097, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31),
  fc.json().map(json => JSON.parse(json) as unknown),
  fc.array(fc.constantFrom<unknown>(1, 0, 65_535, 70_000, 'a', '', null), { maxLength: 3 }),
);

const rules: readonly (readonly [string, Rule])[] = [
  ...Object.entries(OPTIONS),
  ...Object.entries(NESTED).flatMap(([parent, fields]) => Object.entries(fields).map(([key, one]) => [`${parent}.${key}`, one] as const)),
];

describe('the rule of an option', () => {
  const inFiles = rules.filter(([, { schema }]) => !('not' in schema));
  for (const [name, { schema, check }] of inFiles) {
    it(`${name}: the schema for editors allows what the check allows`, () => {
      const allows = ajv.compile(schema);
      fc.assert(fc.property(value, one => assert.equal(allows(one), check(one), JSON.stringify(one))));
    });
  }

  it('allows nothing in a file where only code can give the value', () => {
    assert.deepEqual(
      rules.filter(rule => !inFiles.includes(rule)).map(([name]) => name),
      ['abort', 'logger', 'output'],
    );
  });
});

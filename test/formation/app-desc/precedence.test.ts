/** A description beside a Procfile: which of them counts. */
import assert from 'node:assert/strict';
import { agreesWithProcfile, precedenceOf } from '../../../lib/formation/app-desc/precedence.ts';
import type { Precedence } from '../../../lib/formation/app-desc/precedence.ts';
import type { NamedCommand } from '../../../lib/formation/procfile/procfile.ts';
import { readAppDesc } from '../../../lib/formation/app-desc/read.ts';

const WEB: NamedCommand = { name: 'web', command: 'node web.js' };
const WORKER: NamedCommand = { name: 'worker', command: 'node  worker.js ' };
const DESCRIBED = 'spec_version: 2\nmodule: {language: Go, processes: {web: {command: node web.js}, worker: {command: node worker.js}}}';
const BARE = 'spec_version: 2\nmodule: {language: Go}';
const BROKEN = 'spec_version: 2\nmodule: {language: Rust}';

const of = (text: string, entries: readonly NamedCommand[] | undefined): Precedence => {
  const { description, remarks } = readAppDesc(text, { environment: 'stag' });
  return precedenceOf({ description, remarks, entries });
};

const CASES: readonly (readonly [string, string, readonly NamedCommand[] | undefined, Precedence])[] = [
  ['the description alone', DESCRIBED, undefined, { from: 'app-desc' }],
  ['both with the same processes', DESCRIBED, [WORKER, WEB], { from: 'app-desc' }],
  ['a command that differs', DESCRIBED, [{ ...WEB, command: 'node other.js' }, WORKER], { from: 'nowhere', why: 'conflict', names: ['web'] }],
  ['names that differ', DESCRIBED, [WEB, { ...WORKER, name: 'jobs' }], { from: 'nowhere', why: 'conflict', names: ['worker', 'jobs'] }],
  ['a Procfile without any', DESCRIBED, [], { from: 'nowhere', why: 'conflict', names: ['web', 'worker'] }],
  ['no processes in the description', BARE, [WEB], { from: 'procfile' }],
  ['no processes anywhere', BARE, undefined, { from: 'nowhere', why: 'no-processes' }],
  ['invalid content', BROKEN, [WEB], { from: 'nowhere', why: 'invalid' }],
  ['an unsupported version alone', 'spec_version: 9', undefined, { from: 'nowhere', why: 'unsupported' }],
  ['no version alone', '', undefined, { from: 'nowhere', why: 'unsupported' }],
];

describe('a description and a Procfile', () => {
  for (const [what, text, entries, expected] of CASES) it(`${what}: ${expected.from}`, () => assert.deepEqual(of(text, entries), expected));

  it('an unsupported version with a Procfile: procfile, with a warning', () => {
    for (const text of ['app_code: x', 'spec_version: 9', 'a: 1', '']) {
      const precedence = of(text, [WEB]);
      assert.ok(precedence.from === 'procfile' && precedence.warning !== undefined, text);
    }
  });

  it('names what differs once, in the order of the description', () => {
    assert.deepEqual(agreesWithProcfile([WEB, WORKER], [WORKER, WEB]), []);
    assert.deepEqual(agreesWithProcfile([WEB, WORKER], [{ name: 'a', command: 'x' }, WORKER]), ['web', 'a']);
  });
});

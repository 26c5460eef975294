/** Flags of a command: read by its own list, and wrong ones told with what was meant. */
import assert from 'node:assert/strict';
import type { FlagEntry } from '../../lib/cli/command.ts';
import { START_FLAGS } from '../../lib/cli/flags.ts';
import { parse } from '../../lib/cli/parse.ts';
import { count, duration } from '../../lib/cli/read-flag.ts';
import { UsageError } from '../../lib/cli/tell.ts';

const FLAGS: readonly FlagEntry[] = [
  { name: 'json', about: 'as JSON' },
  { name: 'output', short: 'o', value: 'FORM', choices: ['wide', 'narrow'], about: 'what is shown' },
  { name: 'wait', negated: true, about: 'do not wait' },
  { name: 'time-out', short: 't', value: 'TIME', read: duration, about: 'how long to wait' },
  { name: 'lines', value: 'N', read: count, about: 'how many' },
  { name: 'level', value: 'NAME', many: true, about: 'which' },
];
const read = (...argv: readonly string[]): ReturnType<typeof parse> => parse({}, FLAGS, argv);
const refused = (message: RegExp, ...argv: readonly string[]): void =>
  assert.throws(
    () => read(...argv),
    error => error instanceof UsageError && message.test(error.message),
  );

describe('flags', () => {
  it('are read among the words, by the types that they have', () => {
    const { words, given } = read('web.1', '-o', 'wide', '--time-out=1.5s', '--no-wait', 'web=2', '--lines', '7', '--level', 'a', '--level=b', '--json');
    assert.deepEqual(words, ['web.1', 'web=2']);
    assert.deepEqual(given, { output: 'wide', timeOut: 1500, wait: false, lines: 7, level: ['a', 'b'], json: true });
    assert.deepEqual(read('-t', '200ms').given, { timeOut: 200 });
  });

  it('may all be left out, and stand for words after --', () => {
    assert.deepEqual(read(), { words: [], given: {}, help: false, color: undefined });
    assert.deepEqual(read('--', '--json').words, ['--json']);
  });

  it('are told with what is wrong, and what was meant', () => {
    refused(/^unknown flag --jsno; did you mean --json\?$/, '--jsno');
    refused(/^unknown flag -x$/, '-x');
    refused(/^--output takes wide, narrow; got "wid"; did you mean wide\?$/, '-o', 'wid');
    refused(/^--output needs a value: FORM, what is shown$/, '-o');
    refused(/^--lines needs a value: N, how many$/, '--lines', '--json');
    refused(/^--json takes no value$/, '--json=1');
    refused(/^--time-out takes a time such as 30s.*got "30"$/, '-t', '30');
    refused(/^--lines takes a whole number, got "many"$/, '--lines', 'many');
  });

  it('choose the colours, in the ways of the field', () => {
    assert.equal(read('--color').color, 'always');
    assert.equal(read('--no-color').color, 'never');
    assert.deepEqual([read('--color', 'never').color, read('--color', 'web').color], ['never', 'always']);
    assert.equal(read('--color=auto').color, 'auto');
  });

  it('end at the first word of a command that passes words on', () => {
    const pass = (...argv: readonly string[]): ReturnType<typeof parse> => parse({ flagsFirst: true }, FLAGS, argv);
    assert.deepEqual(pass('--json', 'npm', 'test', '--json', '--color'), {
      words: ['npm', 'test', '--json', '--color'],
      given: { json: true },
      help: false,
      color: undefined,
    });
    assert.deepEqual(pass('-o', 'wide', '--', '--odd', '--', 'x').words, ['--odd', '--', 'x']);
    assert.deepEqual(pass('-o', 'wide', '--', '--odd').given, { output: 'wide' });
    assert.equal(pass('npm', '--help').help, false);
  });

  it('of start are the options of startCluster', () => {
    const { given } = parse({}, START_FLAGS, ['-w', '4', '--start-timeout', '5', '--no-agent', '--ports', '9100,9200', '--workers', 'auto']);
    assert.deepEqual(given, { workers: 'auto', startTimeout: 5, agent: false, ports: [9100, 9200] });
  });
});

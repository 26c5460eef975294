/** How ten tools read a Procfile: the rows of the table of their grammars, and what surprises their users. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { readYaml } from '../../../lib/formation/config/read-yaml.ts';
import { TOOLS } from '../../../lib/formation/procfile/dialects/tool.ts';
import type { Reading, Tool } from '../../../lib/formation/procfile/dialects/tool.ts';
import { explainProcfile } from '../../../lib/formation/procfile/explain.ts';
import type { Explanation } from '../../../lib/formation/procfile/explain.ts';
import { explanationLines } from '../../../lib/cli/render/explanation.ts';
import { painter } from '../../../lib/cli/render/colours.ts';
import { fixture } from '../../helpers/paths.ts';

const explain = (text: string, tools: readonly Tool[] = TOOLS): Explanation => explainProcfile(text, { tools, yaml: readYaml });

/** `web=node app.js`, `ignored`, `-`: this line is nothing to anybody. */
function inShort(reading: Reading | undefined): string {
  if (reading === undefined) return '-';
  return reading.fate === 'process' ? `${reading.name}=${reading.command}${reading.starts === 'no' ? ' never' : ''}` : reading.fate;
}

/** Of one line, what is made of it → the tools that do so; `others` for all that are not named. */
function byReading(text: string, line: number): Readonly<Record<string, string>> {
  const readings = explain(text).lines.find(one => one.line === line)?.readings;
  const found: Record<string, string> = {};
  for (const tool of TOOLS) {
    const short = inShort(readings?.get(tool));
    found[short] = found[short] === undefined ? tool : `${found[short]} ${tool}`;
  }
  return found;
}

const ALL = TOOLS.join(' ');
const without = (...names: readonly Tool[]): string => TOOLS.filter(tool => !names.includes(tool)).join(' ');

/** What it is about, the text, the line that is looked at, who reads it how, whether the file is portable. */
const CASES: readonly (readonly [string, string, number, Readonly<Record<string, string>>])[] = [
  ['a plain line', 'web: node app.js', 1, { 'web=node app.js': ALL }],
  [
    'no blank behind the colon',
    'web:node app.js',
    1,
    { 'web=node app.js': without('overmind', 'hivemind', 'blueking'), ignored: 'overmind hivemind', error: 'blueking' },
  ],
  [
    'a byte order mark',
    '\uFEFFweb: a\nw: b',
    1,
    { 'web=a': 'blueking brood', ignored: 'foreman honcho forego overmind hivemind', '\uFEFFweb=a': 'goreman', error: 'nf heroku' },
  ],
  ['a line behind the byte order mark', '\uFEFFweb: a\nw: b', 2, { 'w=b': without('nf', 'heroku'), 'not-read': 'nf heroku' }],
  ['CRLF', 'web: a\r\nw: b\r\n', 1, { 'web=a': ALL }],
  ['CRLF on an empty line', 'web: a\r\n\r\nw: b\r\n', 2, { error: 'nf', ignored: without('nf') }],
  ['an indented comment', 'web: a\n  # c\n', 2, { error: 'nf', ignored: without('nf') }],
  [
    'an indented line',
    'w: b\n  web: a',
    2,
    { ignored: 'foreman honcho forego overmind hivemind', 'web=a': 'goreman heroku brood', error: 'nf', 'not-read': 'blueking' },
  ],
  ['a blank before the colon', 'web : a', 1, { ignored: 'foreman honcho forego overmind hivemind', 'web=a': 'goreman blueking brood', error: 'nf heroku' }],
  ['nothing but blanks', 'web:   \nw: b', 1, { 'web= ': 'foreman honcho forego overmind hivemind', 'web=': 'goreman', error: 'nf heroku blueking brood' }],
  ['a stray line', 'web: a\nhello', 2, { ignored: 'foreman honcho forego overmind hivemind goreman brood', error: 'nf heroku blueking' }],
  [
    'a trailing backslash',
    'web: a \\\n  b',
    1,
    { 'web=a \\': 'foreman honcho forego overmind hivemind goreman brood', 'web=a \\ b': 'blueking', 'not-read': 'nf heroku' },
  ],
  [
    'a block of YAML',
    'web: |\n  node a',
    1,
    { 'web=|': 'foreman honcho forego overmind hivemind goreman brood', 'web=node a\n': 'blueking', 'not-read': 'nf heroku' },
  ],
  ['a colon in the command', 'web: echo foo: bar', 1, { 'web=echo foo: bar': without('blueking'), error: 'blueking' }],
  ['quotes around the command', 'web: "node app.js"', 1, { 'web="node app.js"': without('blueking'), 'web=node app.js': 'blueking' }],
  ['a comment behind the command', 'web: a # b', 1, { 'web=a # b': without('blueking'), 'web=a': 'blueking' }],
  [
    'the first of two of a name',
    'web: a\nweb: b',
    1,
    { 'web=a': 'foreman forego goreman', 'not-read': 'honcho overmind hivemind brood', ignored: 'nf heroku blueking' },
  ],
  ['the second of two of a name', 'web: a\nweb: b', 2, { 'web=b': 'foreman forego nf goreman heroku blueking', error: 'honcho overmind hivemind brood' }],
  [
    'a side of a merge',
    '<<<<<<< H\nweb: a\n=======\n>>>>>>> x',
    2,
    { 'web=a': 'foreman honcho forego overmind hivemind goreman', 'not-read': 'nf heroku blueking brood' },
  ],
  ['release', 'web: a\nrelease: b', 2, { 'release=b': without('heroku', 'brood'), 'release=b never': 'heroku brood' }],
  ['all', 'all: a', 1, { 'all=a': ALL }],
  ['system', 'system: a', 1, { 'system=a': ALL }],
  ['agent', 'agent: a', 1, { 'agent=a': without('brood'), error: 'brood' }],
  ['capitals and _', 'My_web: a', 1, { 'My_web=a': without('heroku', 'blueking'), 'my-web=a': 'heroku', error: 'blueking' }],
  ['a long name', 'thirteen-char: a', 1, { 'thirteen-char=a': without('blueking'), error: 'blueking' }],
  ['no name at all', 'a b: c', 1, { 'a b=c': 'goreman', ignored: 'foreman honcho forego overmind hivemind brood', error: 'nf heroku blueking' }],
  ['a form feed', 'web: a\fw: b', 1, { 'web=a\fw: b': 'foreman forego nf overmind hivemind goreman heroku brood', 'web=a': 'honcho', error: 'blueking' }],
  ['a line separator', 'web: a\u2028b', 1, { 'web=a\u2028b': without('honcho', 'nf'), 'web=a': 'honcho nf' }],
];

describe('the readings of a Procfile', () => {
  for (const [what, text, line, expected] of CASES) it(what, () => assert.deepEqual(byReading(text, line), expected));

  it('have the PORT of each tool, by its own arithmetic', () => {
    const { lines } = explain('web: a\nworker: b\nclock: c\n');
    const ports = (tool: Tool): readonly (number | undefined)[] =>
      lines.map(({ readings }) => {
        const reading = readings.get(tool);
        return reading?.fate === 'process' ? reading.port : undefined;
      });
    for (const tool of ['foreman', 'honcho', 'nf', 'overmind', 'hivemind', 'goreman', 'brood'] as const)
      assert.deepEqual(ports(tool), [5000, 5100, 5200], tool);
    assert.deepEqual(ports('forego'), [5000, 5100, 5300]);
    assert.deepEqual(ports('heroku'), [undefined, undefined, undefined]);
    assert.deepEqual(ports('blueking'), [5000, 5000, 5000]);
  });

  it('say that a process of Heroku waits until it is scaled up, and web does not', () => {
    const starts = explain('web: a\nw: b', ['heroku'])
      .lines.map(({ readings }) => readings.get('heroku'))
      .map(one => one?.fate === 'process' && one.starts);
    assert.deepEqual(starts, ['yes', 'when-scaled']);
  });

  it('of an empty file say who refuses it', () => {
    const { nothing, lines, isPortable } = explain('# c\n');
    const errors = [...nothing].filter(([, { fate }]) => fate === 'error').map(([tool]) => tool);
    assert.deepEqual([lines, isPortable, nothing.size, errors], [[], false, 10, ['foreman', 'overmind', 'hivemind', 'goreman', 'blueking', 'brood']]);
  });

  it('say that forego runs the first part of a command alone', () => {
    const whys = ['a && b', 'a; b', "sh -c 'a && b'"].map(command => explain(`web: ${command}`).isPortable);
    assert.deepEqual(whys, [false, false, true]);
  });

  const VERDICTS: readonly (readonly [string, string])[] = [
    ['web: a\nworker: b $PORT\n', 'portable: yes'],
    ['web: a\nw:b\n', 'portable: no (1 line)'],
    ['web: a\nmy_w: b\nrelease: c\n  # d\n', 'portable: no (3 lines)'],
    ['', 'portable: no (no process, to 10 tools)'],
  ];
  for (const [text, last] of VERDICTS) {
    it(`end with "${last.slice(0, 30)}"`, () =>
      assert.equal(explanationLines('Procfile', explain(text), { width: 80, cuts: true, paint: painter(false) }).at(-1), last));
  }

  it('of the example of Bench are a surprise in its lines with _ and in those that YAML cuts', () => {
    const { lines } = explain(readFileSync(fixture('procfiles', 'Procfile.bench'), 'utf8'));
    assert.deepEqual(
      lines.filter(({ isPortable }) => !isPortable).map(({ text }) => text.split(':')[0]),
      ['redis_cache', 'redis_queue', 'worker_reports'],
    );
  });

  const anyLine = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('web: a', '  w: b', 'web:', '#c', '\uFEFFx: y', 'a_b: c && d', 'x: |', '- y', '界: 界界'),
  );

  it('stand for every line that Brood looks at, and fit the terminal, whatever the text', () => {
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 8 }), fc.integer({ min: 40, max: 120 }), (parts, width) => {
        const text = parts.join('\n');
        const explanation = explain(text);
        const lines = new Set(explanation.lines.map(({ line }) => line));
        for (const [index, line] of text
          .replace(/^\uFEFF/, '')
          .split('\n')
          .entries())
          if (line.trim() !== '' && !line.trimStart().startsWith('#')) assert.ok(lines.has(index + 1));
        for (const { readings } of explanation.lines) assert.deepEqual([...readings.keys()], [...TOOLS]);
        const shown = explanationLines('Procfile', explanation, { width, cuts: true, paint: painter(false) });
        for (const line of shown) if (/^[ -~…]*$/.test(line) && line.trim().includes(' ')) assert.ok(line.length <= width, line);
      }),
      { numRuns: 300 },
    );
  });
});

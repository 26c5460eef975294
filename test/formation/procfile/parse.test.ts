/** Procfiles: what a line is, and what is said of it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { readYaml } from '../../../lib/formation/config/read-yaml.ts';
import { parseProcfile } from '../../../lib/formation/procfile/parse.ts';
import type { Procfile } from '../../../lib/formation/procfile/parse.ts';
import { PROFILES } from '../../../lib/formation/procfile/profile.ts';
import type { Profile } from '../../../lib/formation/procfile/profile.ts';
import { isFatal } from '../../../lib/formation/remark.ts';
import { fixture } from '../../helpers/paths.ts';

const read = (text: string, profile: Profile = 'foreman', lenient = false): Procfile => parseProcfile(text, { profile, lenient, yaml: readYaml });
const pairs = ({ entries }: Procfile): readonly string[] => entries.map(({ name, command }) => `${name}=${command}`);
/** `error nul 1:2` */
const told = ({ remarks }: Procfile): readonly string[] =>
  remarks.map(({ level, rule, line, column }) => [level, rule, ...(line === undefined ? [] : [`${line}:${column}`])].join(' '));

/** A text, its processes, what is told of it. */
const LINES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['web: node app.js', ['web=node app.js'], []],
  ['web:node app.js\r\nw_1-x:\t  b  \r\n', ['web=node app.js', 'w_1-x=b  '], []],
  ['web: echo foo: bar # note', ['web=echo foo: bar # note'], []],
  ['http://x', ['http=//x'], []],
  ['# c\n\n   \n  # d\nweb: a', ['web=a'], []],
  ['\uFEFFweb: a', ['web=a'], ['note byte-order-mark 1:1']],
  ['  web : a', ['web=a'], ['warning indented-name 1:1', 'warning blank-before-colon 1:6']],
  ['web: a\rb', ['web=a\rb'], ['warning odd-character 1:7']],
  ['web: a\fb\nw: a\u2028b', ['web=a\fb', 'w=a\u2028b'], ['warning odd-character 1:7', 'warning odd-character 2:5']],
  ['web: a \\\n  b c', ['web=a \\'], ['warning trailing-backslash 1:8', 'warning stray-line 2:3']],
  ['web: a \\\\', ['web=a \\\\'], []],
  ['web: "node app.js"', ['web="node app.js"'], ['warning quoted-command 1:6']],
  ['web: "node" app.js', ['web="node" app.js'], []],
  ['web: |\n  node app.js', ['web=|'], ['warning block-command 1:6', 'warning stray-line 2:3']],
  ['web node app.js\nw: b', ['w=b'], ['warning stray-line 1:1']],
  ['my.web: a\nw: b', ['w=b'], ['error invalid-name 1:1']],
  ['1web: a\n_w: b\n-x: c', ['1web=a', '_w=b', '-x=c'], ['error unfit-name 1:1', 'error unfit-name 2:1', 'error unfit-name 3:1']],
  [`${'w'.repeat(64)}: a`, [`${'w'.repeat(64)}=a`], ['error unfit-name 1:1']],
  ['web: a\nw: b\nweb: c', ['web=a', 'w=b', 'web=c'], ['error duplicate-name 3:1']],
  ['web:', [], ['error empty-command 1:5']],
  ['web:   ', [], ['error empty-command 1:8']],
  ['web: a\0b', [], ['error nul 1:7']],
  ['# \0\nweb: a', ['web=a'], ['error nul 1:3']],
  ['<<<<<<< HEAD\nw: a\n=======\n>>>>>>> x', ['w=a'], ['error merge-marker 1:1', 'error merge-marker 3:1', 'error merge-marker 4:1']],
  ['', [], ['error empty-file']],
  ['# nothing\n', [], ['error empty-file']],
  ['nothing', [], ['error empty-file', 'warning stray-line 1:1']],
  ['release: a\nweb: b', ['release=a', 'web=b'], ['note release 1:1']],
  ['all: a\nsystem: b', ['all=a', 'system=b'], ['warning reserved-name 1:1', 'warning reserved-name 2:1']],
  ['agent: a\nmaster: b', ['agent=a', 'master=b'], ['error own-name 1:1', 'error own-name 2:1']],
];

describe('a Procfile', () => {
  for (const [text, processes, remarks] of LINES) {
    it(`reads ${JSON.stringify(text)}`, () => {
      const found = read(text);
      assert.deepEqual([pairs(found), told(found)], [processes, remarks]);
    });
  }

  it('says where each name stands', () => {
    assert.deepEqual(
      read('\uFEFF# c\n\t web: a\r\nw: b').entries.map(({ name, line, column }) => [name, line, column]),
      [
        ['web', 2, 3],
        ['w', 3, 1],
      ],
    );
  });

  it('names both lines of a name that stands there twice, and proposes a name that is free', () => {
    const messages = (text: string): readonly string[] => read(text).remarks.map(({ message, remedy }) => `${message}. ${remedy}`);
    assert.deepEqual(messages('web: a\n\nweb: b'), ['"web" stands in line 1 and in line 3. Rename one of them, or take it out.']);
    assert.deepEqual(messages('1web: a\nweb: b'), ['Brood cannot call a process "1web": it begins with "1". Call it "web-2".']);
    assert.deepEqual(messages('wörk.er: a\nweb: b'), ['"wörk.er" is no name of a process: "ö", "." are not allowed. Call it "work-er".']);
  });

  it('writes no control character into a message', () => {
    const { remarks } = read('w\u001B[31m\u202E: a\nweb: b');
    assert.equal(remarks.length, 2);
    // oxlint-disable-next-line no-control-regex -- it is about these
    for (const { message, remedy } of remarks) assert.doesNotMatch(message + remedy, /[\u0000-\u001F\u202E]/);
  });
});

describe('a Procfile that is read leniently', () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['web: a\nw: b\nweb: c', ['w=b', 'web=c'], ['warning overridden-name 1:1']],
    [
      'web: a\nw:\n<<<<<<< x\nn\0: b\na.b: c',
      ['web=a'],
      ['warning empty-command 2:3', 'warning merge-marker 3:1', 'warning nul 4:2', 'warning invalid-name 5:1'],
    ],
    ['', [], ['warning empty-file']],
    ['agent: a\n1: b', ['agent=a', '1=b'], ['error own-name 1:1', 'error unfit-name 2:1']],
  ];
  for (const [text, processes, remarks] of cases) {
    it(`reads ${JSON.stringify(text)}`, () => {
      const found = read(text, 'foreman', true);
      assert.deepEqual([pairs(found), told(found)], [processes, remarks]);
    });
  }
});

describe('a profile', () => {
  const cases: readonly (readonly [Profile, string, readonly string[]])[] = [
    ['honcho', 'Web_1: a\nstray', ['warning stray-line 2:1']],
    ['heroku', 'Web_1: a', ['warning profile-name 1:1']],
    ['heroku', 'web: a\nstray', ['error stray-line 2:1']],
    [
      'strict',
      'web-1: a\nWeb: b\nw-: c\nw_x: d\nstray',
      ['error profile-name 2:1', 'error profile-name 3:1', 'error profile-name 4:1', 'error stray-line 5:1'],
    ],
    ['blueking', 'web: a\nw-: b\n# c\n', []],
    ['blueking', 'web: |\n  a\nw: "b c"', []],
    ['blueking', '\uFEFFWeb: a\nthirteen-char: b', ['note byte-order-mark 1:1', 'error profile-name 1:1', 'error profile-name 2:1']],
    ['blueking', 'web:node app.js', ['error yaml 1:1']],
    ['blueking', 'web: echo foo: bar', ['error yaml 1:6']],
    ['blueking', '- web', ['error yaml 1:1']],
    ['blueking', 'web: a\nw: [b]\nx: 1\ny:', ['error yaml 2:1', 'error yaml 3:1', 'error empty-command 4:1']],
    ['blueking', 'web: a\nw: b\nweb: c', ['error duplicate-name 3:1']],
    ['blueking', Array.from({ length: 17 }, (_, index) => `p${index}: a`).join('\n'), ['error too-many 17:1']],
    ['blueking', '', ['error empty-file']],
    ['blueking', '0web: a', ['error unfit-name 1:1']],
  ];
  for (const [profile, text, remarks] of cases)
    it(`${profile} reads ${JSON.stringify(text).slice(0, 60)}`, () => assert.deepEqual(told(read(text, profile)), remarks));

  it('blueking takes the YAML value of a command, and leniently the last of a name', () => {
    assert.deepEqual(pairs(read('web: "a b" # c\nw: >\n  x\n  y\nweb: z', 'blueking', true)), ['w=x y\n', 'web=z']);
  });
});

const file = (name: string): string => readFileSync(fixture('procfiles', name), 'utf8');

describe('what is written elsewhere', () => {
  for (const name of ['foreman', 'honcho', 'bench', 'bench-older']) {
    it(`Procfile.${name} can be run, with every process of it`, () => {
      const text = file(`Procfile.${name}`);
      // As an editor of Windows saves it, too.
      for (const written of [text, `\uFEFF${text.replaceAll('\n', '\r\n')}`]) {
        for (const profile of ['foreman', 'honcho'] as const) {
          const found = read(written, profile);
          assert.equal(isFatal(found.remarks), false);
          assert.deepEqual(pairs(found), pairs(read(text)));
          assert.equal(found.entries.length, text.match(/^\w+:/gm)?.length);
        }
      }
    });
  }

  it('BlueKing refuses every process of Bench whose name it cannot have', () => {
    const refused = (name: string): readonly (string | undefined)[] =>
      read(file(name), 'blueking').remarks.map(
        ({ rule, message, line }) => `${rule} ${/"(\w+)"/.exec(message)?.[1]} ${line}${message.includes('14 characters') ? ' long' : ''}`,
      );
    const older = ['redis_cache 1', 'redis_queue 2', 'redis_socketio 3 long', 'worker_reports 14 long'].map(one => `profile-name ${one}`);
    assert.deepEqual(refused('Procfile.bench-older'), older);
    assert.deepEqual(
      refused('Procfile.bench'),
      ['redis_cache 1', 'redis_queue 2', 'worker_reports 13 long'].map(one => `profile-name ${one}`),
    );
  });

  it('a merge that was not finished is told line by line', () => {
    assert.deepEqual(told(read(file('Procfile.conflict'))), [
      'error merge-marker 2:1',
      'error merge-marker 4:1',
      'error duplicate-name 5:1',
      'error merge-marker 6:1',
    ]);
  });
});

/** Lines as people and programs write them, and what nobody writes. */
const piece = fc.oneof(
  fc.constantFrom(
    'web: a',
    ' w : b',
    'web:',
    '#c',
    '',
    'x y',
    '<<<<<<<',
    '---',
    'a: "b',
    'a.b: c',
    '1: 2',
    '\uFEFF',
    '\0',
    'w: \\',
    'agent: x',
    '- a',
    '*a',
    '&a b',
  ),
  fc.string({ unit: 'binary' }),
  fc.tuple(fc.stringMatching(/^[\w-]{1,5}$/), fc.string()).map(([name, command]) => `${name}: ${command}`),
);
const anyText = fc.tuple(fc.array(piece, { maxLength: 12 }), fc.constantFrom('\n', '\r\n', '\r')).map(([lines, end]) => lines.join(end));

describe('any text', () => {
  it('is read by every profile, and every line that is something is a process or told', () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom(...PROFILES), fc.boolean(), (text, profile, lenient) => {
        const { entries, remarks } = read(text, profile, lenient);
        if (profile === 'blueking') return;
        const known = new Set([...entries, ...remarks].map(({ line }) => line));
        for (const [index, line] of text
          .replace(/^\uFEFF/, '')
          .split(/\r?\n/)
          .entries())
          if (line.trim() !== '' && !line.trimStart().startsWith('#')) assert.ok(known.has(index + 1), `line ${index + 1} is passed over`);
        if (entries.length === 0) assert.ok(remarks.length > 0);
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps order and text of what it runs, byte for byte', () => {
    const name = fc.stringMatching(/^[A-Za-z][\w-]{0,20}$/);
    const command = fc.stringMatching(/^[^\s#\0][^\n\0]*$/).filter(one => one.trim() !== '' && !one.endsWith('\r'));
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, command), { selector: ([own]) => own, minLength: 1, maxLength: 8 }), processes => {
        const { entries } = read(processes.map(([own, line]) => `${own}: ${line}\n`).join(''));
        assert.deepEqual(
          entries.map(one => [one.name, one.command]),
          processes,
        );
      }),
    );
  });

  it('that is too large, or as bad as can be, holds up nobody', () => {
    const worst = ['web\n', '.: x\n', '1: x\n', 'w: a\n', ' : \u2028\n', `${'\\'.repeat(999)}\n`, `web: ${'"'.repeat(999)}\n`];
    const begin = performance.now();
    for (const line of worst) assert.ok(read(line.repeat(Math.floor((64 * 1024) / line.length))).remarks.length > 0);
    assert.deepEqual(told(read('w: a\n'.repeat(2_000_000))), ['error too-large']);
    assert.deepEqual(told(read('w: a\n'.repeat(10_000), 'blueking')), ['error too-large']);
    assert.ok(performance.now() - begin < 5000);
  });
});

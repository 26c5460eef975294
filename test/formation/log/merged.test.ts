/** The merged log of the foreground: bytes in a pipe, lines that have not ended on a terminal, the reader who does not read. */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import * as fc from 'fast-check';
import { until } from '../../helpers/until.ts';
import { merging } from './merging.ts';
import type { Merging } from './merging.ts';

const MIB = 1024 * 1024;
const RESET = '\u001B[0m';
const RED = '\u001B[31m';

/** What the sources do, one after the other: `a` and `b` write, `-` is the end of `a`, a number lets time go by. */
type Deed = readonly ['a' | 'b', string | Buffer] | '-' | number;

function play({ source, pass, bytes }: Merging, deeds: readonly Deed[]): string {
  const sources = { a: source('a.1'), b: source('b.1') };
  for (const deed of deeds) {
    if (typeof deed === 'number') pass(deed);
    else if (deed === '-') sources.a.end();
    else sources[deed[0]].write(deed[1]);
  }
  return bytes().toString('latin1');
}

interface Scene {
  readonly name: string;
  readonly deeds: readonly Deed[];
  readonly terminal: string;
  readonly pipe: string;
}

const utf8 = (text: string): string => Buffer.from(text).toString('latin1');
const EURO = Buffer.from('€');

const SCENES: readonly Scene[] = [
  { name: 'whole lines', deeds: [['a', 'one\ntwo\n']], terminal: 'a.1 | one\na.1 | two\n', pipe: 'a.1 | one\na.1 | two\n' },
  { name: 'blank lines', deeds: [['a', '\n\nx\n']], terminal: 'a.1 | \na.1 | \na.1 | x\n', pipe: 'a.1 | \na.1 | \na.1 | x\n' },
  { name: 'a prompt before its time', deeds: [['a', 'Name: '], 199], terminal: '', pipe: '' },
  { name: 'a prompt', deeds: [['a', 'Name: '], 200], terminal: 'a.1 | Name: ', pipe: '' },
  {
    name: 'a prompt that is answered',
    deeds: [['a', 'Name: '], 200, ['a', 'ok\nnext\n']],
    terminal: 'a.1 | Name: ok\na.1 | next\n',
    pipe: 'a.1 | Name: ok\na.1 | next\n',
  },
  { name: 'a prompt in pieces', deeds: [['a', 'Na'], 200, ['a', 'me'], 200, ['a', ': \n']], terminal: 'a.1 | Name: \n', pipe: 'a.1 | Name: \n' },
  {
    name: 'a prompt, while another writes',
    deeds: [['a', 'Name: '], 200, ['b', 'x\ny\n'], ['a', 'ok\n']],
    terminal: 'a.1 | Name: \nb.1 | x\nb.1 | y\na.1 | ok\n',
    pipe: 'b.1 | x\nb.1 | y\na.1 | Name: ok\n',
  },
  {
    name: 'two prompts',
    deeds: [['a', 'A? '], ['b', 'B? '], 200, ['a', '1\n'], ['b', '2\n']],
    terminal: 'a.1 | A? \nb.1 | B? \na.1 | 1\nb.1 | 2\n',
    pipe: 'a.1 | A? 1\nb.1 | B? 2\n',
  },
  {
    name: 'a bar of progress',
    deeds: [['a', '10%\r'], 200, ['a', '20%\r'], 200, ['a', '\n']],
    terminal: 'a.1 | 10%\ra.1 | 20%\ra.1 | \n',
    pipe: 'a.1 | 10%\r20%\r\n',
  },
  { name: 'a bar that comes at once', deeds: [['a', '1%\r2%\r\n']], terminal: 'a.1 | 1%\ra.1 | 2%\r\n', pipe: 'a.1 | 1%\r2%\r\n' },
  { name: 'the line ends of another system', deeds: [['a', 'x'], 200, ['a', '\r\ny\r\n']], terminal: 'a.1 | x\r\na.1 | y\r\n', pipe: 'a.1 | x\r\na.1 | y\r\n' },
  {
    name: 'bytes that are no text',
    deeds: [['a', Buffer.from([0xff, 0x00, 0xfe, 0x0a])]],
    terminal: 'a.1 | \u00ff\u0000\u00fe\n',
    pipe: 'a.1 | \u00ff\u0000\u00fe\n',
  },
  { name: 'the byte 0xFF alone', deeds: [['a', Buffer.from([0xff])], 200], terminal: 'a.1 | \u00ff', pipe: '' },
  {
    name: 'a character in two writes',
    deeds: [['a', EURO.subarray(0, 2)], 200, ['b', 'x\n'], ['a', EURO.subarray(2)], 200, ['a', '\n']],
    terminal: `b.1 | x\na.1 | ${utf8('€')}\n`,
    pipe: `b.1 | x\na.1 | ${utf8('€')}\n`,
  },
  {
    name: 'a character whose second half comes after its beginning was shown',
    deeds: [['a', Buffer.concat([Buffer.from('1 '), EURO.subarray(0, 1)])], 200, ['a', EURO.subarray(1)], ['a', '\n']],
    terminal: `a.1 | 1 ${utf8('€')}\n`,
    pipe: `a.1 | 1 ${utf8('€')}\n`,
  },
  {
    name: 'half a sequence of a terminal',
    deeds: [['a', 'x\u001B[3'], 200, ['a', '1my'], 200, ['a', '\n']],
    terminal: `a.1 | x${RED}y${RESET}\n`,
    pipe: `a.1 | x${RED}y\n`,
  },
  {
    name: 'a colour that is left on',
    deeds: [['a', `${RED}red\nx\n`]],
    terminal: `a.1 | ${RED}red${RESET}\na.1 | x${RESET}\n`,
    pipe: `a.1 | ${RED}red\na.1 | x\n`,
  },
  {
    name: 'a colour that a prompt leaves on',
    deeds: [['a', `${RED}Name`], 200, ['b', 'x\n'], ['a', '!\n']],
    terminal: `a.1 | ${RED}Name${RESET}\nb.1 | x\na.1 | !\n`,
    pipe: `b.1 | x\na.1 | ${RED}Name!\n`,
  },
  {
    name: 'a colour that is left on and ends in place',
    deeds: [['a', `${RED}N`], 200, ['a', 'o'], 200, ['a', '\n']],
    terminal: `a.1 | ${RED}No${RESET}\n`,
    pipe: `a.1 | ${RED}No\n`,
  },
  { name: 'an end without the end of the line', deeds: [['a', 'last'], '-', ['b', 'x\n']], terminal: 'a.1 | last\nb.1 | x\n', pipe: 'a.1 | last\nb.1 | x\n' },
  { name: 'an end after its line was shown', deeds: [['a', 'last'], 200, '-', ['b', 'x\n']], terminal: 'a.1 | last\nb.1 | x\n', pipe: 'a.1 | last\nb.1 | x\n' },
  {
    name: 'an end after its line was shown and broken',
    deeds: [['a', 'last'], 200, ['b', 'x\n'], '-'],
    terminal: 'a.1 | last\nb.1 | x\n',
    pipe: 'b.1 | x\na.1 | last\n',
  },
  {
    name: 'an end in the middle of a character',
    deeds: [['a', EURO.subarray(0, 2)], 200, '-'],
    terminal: `a.1 | ${utf8('€').slice(0, 2)}\n`,
    pipe: `a.1 | ${utf8('€').slice(0, 2)}\n`,
  },
  { name: 'nothing', deeds: [500, '-'], terminal: '', pipe: '' },
];

describe('a merged log', () => {
  for (const { name, deeds, terminal, pipe } of SCENES) {
    it(`shows ${name} on a terminal, and cuts nothing in a pipe`, () => {
      assert.equal(play(merging({ terminal: true }), deeds), terminal);
      assert.equal(play(merging(), deeds), pipe);
    });
  }

  it('keeps a line of 10 MB whole that comes in pieces, while others write', () => {
    const made = merging();
    const [big, other] = [made.source('a.1'), made.source('b.1')];
    const piece = Buffer.alloc(64 * 1024, 'x');
    for (let count = 0; count < 160; count++) {
      big.write(piece);
      other.write('y\n');
    }
    big.write('end\n');
    const lines = made.text().split('\n');
    assert.equal(lines.length, 162);
    assert.ok(lines.at(-2) === `a.1 | ${'x'.repeat(10 * MIB)}end`);
  });

  it('shows a line without an end in pieces, for nobody can hold it; in JSON they say so', () => {
    const made = merging({ json: true });
    const source = made.source('a.1');
    const piece = Buffer.alloc(MIB, 'x');
    for (let count = 0; count < 20; count++) source.write(piece);
    source.end();
    const [first, last] = made
      .text()
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { readonly text: string; readonly more?: boolean });
    assert.deepEqual([first?.more, last?.more], [true, undefined]);
    assert.equal((first?.text.length ?? 0) + (last?.text.length ?? 0), 20 * MIB);
  });

  it('takes a million pieces of one byte in their time', () => {
    const made = merging();
    const source = made.source('a.1');
    const [one, began] = [Buffer.from('x'), performance.now()];
    for (let count = 0; count < 1_000_000; count++) source.write(one);
    source.write('\n');
    assert.equal(made.bytes().length, 1_000_007);
    assert.ok(performance.now() - began < 20_000);
  });

  it('gives a pipe the very bytes, however they come: of one source in its order, whole lines of several', () => {
    const byte = fc.oneof(fc.constantFrom(10, 13, 27, 0, 255, 0xe2, 0x82, 0xac), fc.integer({ min: 0, max: 255 }));
    const step = fc.tuple(
      fc.constantFrom('a.1', 'b.1', 'b.2'),
      fc.uint8Array({ maxLength: 12 }).chain(() => fc.array(byte, { maxLength: 12 })),
      fc.nat(250),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), steps => {
        const made = merging({ names: ['a.1', 'b.2'] });
        const names = ['a.1', 'b.1', 'b.2'];
        const sources = new Map(names.map(name => [name, made.source(name)]));
        for (const [name, bytes, wait] of steps) {
          sources.get(name)?.write(Buffer.from(bytes));
          made.pass(wait);
        }
        for (const one of sources.values()) one.end();
        const lines = made.bytes().toString('latin1').split('\n');
        assert.equal(lines.pop(), '');
        for (const name of names) {
          const given = Buffer.from(steps.flatMap(([whose, bytes]) => (whose === name ? bytes : []))).toString('latin1');
          const before = `${name} | `;
          const got = lines.flatMap(line => (line.startsWith(before) ? [`${line.slice(before.length)}\n`] : [])).join('');
          assert.equal(got, given === '' || given.endsWith('\n') ? given : `${given}\n`);
        }
      }),
    );
  });

  it('leaves on a terminal, too, all bytes of the lines in their order', () => {
    const step = fc.tuple(fc.constantFrom('a.1', 'b.1'), fc.stringMatching(/^[a-e\n]{0,6}$/), fc.nat(250));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), steps => {
        const made = merging({ terminal: true });
        const sources = new Map(['a.1', 'b.1'].map(name => [name, made.source(name)]));
        for (const [name, text, wait] of steps) {
          sources.get(name)?.write(text);
          made.pass(wait);
        }
        for (const one of sources.values()) one.end();
        for (const name of ['a.1', 'b.1']) {
          const given = steps.flatMap(([whose, text]) => (whose === name ? [text] : [])).join('');
          const got = made
            .text()
            .split('\n')
            .flatMap(line => (line.startsWith(`${name} | `) ? [line.slice(6)] : []));
          assert.equal(got.join(''), given.replaceAll('\n', ''));
        }
      }),
    );
  });
});

describe('how a merged log looks', () => {
  const at = new Date(2026, 10, 30, 9, 5, 7, 42).getTime();

  it('has the time of the clock here, all of it, or none', () => {
    for (const [timestamps, before] of [
      ['time', '09:05:07 '],
      ['iso', `${new Date(at).toISOString()} `],
      ['none', ''],
    ] as const) {
      const made = merging({ timestamps, now: () => at });
      made.source('web.1').write('x\n');
      assert.equal(made.text(), `${before}web.1 | x\n`);
    }
  });

  it('is as wide as the longest name that can come, and grows for one that could not', () => {
    const made = merging({ names: ['web.10', 'system'] });
    for (const name of ['web.1', 'web.10', 'web.1000', 'web.2']) made.source(name).write('x\n');
    assert.equal(made.text(), 'web.1  | x\nweb.10 | x\nweb.1000 | x\nweb.2    | x\n');
  });

  it('is the lines alone without the prefix', () => {
    const made = merging({ prefix: false });
    made.source('web.1').write('a\nb');
    made.source('worker.1').write('c\n');
    assert.equal(made.text(), 'a\nc\n');
  });

  it('does not show who is quiet: types, instances, patterns', () => {
    const made = merging({ quiet: ['web', 'jobs.2', 'cron*'] });
    for (const name of ['web.1', 'jobs.1', 'jobs.2', 'cron-a.1', 'webs.1']) made.source(name).write('x\n');
    assert.equal(made.text(), 'jobs.1 | x\nwebs.1 | x\n');
  });

  it('is JSON with the full time; what is no text is there as bytes', () => {
    const made = merging({ json: true, timestamps: 'time', now: () => at });
    made.source('web.1', 'stderr').write(Buffer.from('h\u00e9 "x"\n'));
    made.source('web.1').write(Buffer.from([0x61, 0x0a, 0xff, 0x0a]));
    const head = { time: new Date(at).toISOString(), name: 'web.1', type: 'web' };
    assert.deepEqual(
      made
        .text()
        .trim()
        .split('\n')
        .map(line => JSON.parse(line) as unknown),
      [
        { ...head, stream: 'stderr', text: 'h\u00e9 "x"' },
        { ...head, stream: 'stdout', text: 'a' },
        { ...head, stream: 'stdout', text: '\uFFFD', bytes: '/w==' },
      ],
    );
  });

  it('has colours in the order of the types, the same in every run; standard error has a red bar, and the master is dim', () => {
    const made = merging({ colour: true, names: [] });
    for (const name of ['web.1', 'web.2', 'worker.1']) made.source(name).write('x\n');
    made.source('web.1', 'stderr').write('x\n');
    const [first, second, third, errors] = made.text().split('\n');
    const colourOf = (line = ''): string => /38;5;\d+/.exec(line)?.[0] ?? '';
    assert.equal(colourOf(first), colourOf(second));
    assert.notEqual(colourOf(first), colourOf(third));
    assert.ok(errors?.includes(`${RED}|`));
    assert.ok(made.log.sentence('told').startsWith(`\u001B[2msystem${RESET} \u001B[2m|`));
  });

  it('begins a line for what the master says, where one stands open', () => {
    const made = merging({ terminal: true });
    made.source('web.1').write('Name: ');
    made.pass(200);
    made.log.freshLine();
    made.log.freshLine();
    assert.equal(made.text(), 'web.1 | Name: \n');
    assert.equal(made.log.sentence('told'), 'system | told\n');
  });
});

describe('a merged log that is not read', () => {
  const chunk = Buffer.from(`${'x'.repeat(1023)}\n`.repeat(64));

  it('has each source wait that writes, and those only, and holds no more than a bound', () => {
    const made = merging({ quiet: ['silent'] });
    made.hold();
    const loud = ['a.1', 'b.1'].map(name => made.source(name));
    const silent = made.source('silent.1');
    let given = 0;
    for (const one of loud) while (one.write(chunk) && given < 100) given++;
    assert.ok(given < 40, `${given} chunks`);
    assert.ok(made.out.writableLength < 2 * MIB, `${made.out.writableLength} bytes`);
    assert.equal(silent.write(chunk), true);
    assert.deepEqual(
      loud.map(({ resumed }) => resumed()),
      [0, 0],
    );
  });

  it('has them go on when it is read again, with nothing lost', async () => {
    const made = merging();
    made.hold();
    const source = made.source('a.1');
    let given = 1;
    while (source.write(chunk)) given++;
    made.release();
    await until(() => source.resumed() === 1);
    assert.ok(made.text() === `a.1 | ${'x'.repeat(1023)}\n`.repeat(64 * given));
  });

  it('is not given more and more beginnings of lines on a terminal that stands still', () => {
    const made = merging({ terminal: true });
    made.hold();
    const source = made.source('a.1');
    const part = Buffer.alloc(32 * 1024, 'x');
    let given = 0;
    while (source.write(part) && given < 200) {
      made.pass(1000);
      given++;
    }
    assert.ok(given < 50, `${given} pieces`);
    made.pass(10_000);
    assert.ok(made.out.writableLength < 2 * MIB, `${made.out.writableLength} bytes`);
  });

  it('counts the lines that are lost when its reader has gone, by type', async () => {
    const made = merging();
    const [web, worker] = [made.source('web.1'), made.source('worker.1')];
    made.out.destroy(Object.assign(new Error('gone'), { code: 'EPIPE' }));
    await until(() => made.out.closed);
    web.write('a\nb\n');
    worker.write('c\n');
    assert.deepEqual(
      [...made.lost],
      [
        ['web', 2],
        ['worker', 1],
      ],
    );
  });

  it('waits at the end for whoever reads, and tells what nobody took', async () => {
    const [read, left] = [merging(), merging()];
    for (const made of [read, left]) {
      made.hold();
      const source = made.source('a.1');
      source.write('last\n');
      source.write('words\n');
      source.end();
    }
    const [finished, gaveUp] = [read.log.finish(), left.log.finish()];
    read.release();
    assert.equal(await finished, 0);
    assert.equal(read.text(), 'a.1 | last\na.1 | words\n');
    assert.equal(await gaveUp, 'a.1 | last\na.1 | words\n'.length);
  });

  it('ends with the last source, or with its reader, and then waits for no time', async () => {
    const [ending, leaving] = [merging(), merging()];
    const sources = [ending.source('a.1'), ending.source('b.1'), leaving.source('a.1')] as const;
    const settled = new Set<string>();
    const finished = [ending.log.finish().then(() => settled.add('ended')), leaving.log.finish().then(() => settled.add('left'))];
    sources[0].end();
    await turn();
    assert.deepEqual(settled, new Set());
    sources[1].write('last words');
    sources[1].end();
    leaving.out.destroy();
    await turn();
    assert.deepEqual(settled, new Set(['ended', 'left']));
    await Promise.all(finished);
  });
});

/** Texts in columns: what they take, and how they are made to fit. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { cut, displayWidth, pad, plain, shorten } from '../../../lib/cli/render/width.ts';

const RED = '\u001B[31m';
const OFF = '\u001B[39m';
const FAMILY = '👨‍👩‍👧';

describe('columns of a terminal', () => {
  it('are counted as terminals do: wide signs two, marks and escape codes none', () => {
    const known: readonly (readonly [string, number])[] = [
      ['', 0],
      ['web.1', 5],
      ['日本語', 6],
      ['한국', 4],
      ['ｆｕｌｌ', 8],
      ['é', 1],
      ['e\u0301', 1],
      ['🙂', 2],
      [FAMILY, 2],
      ['✔', 1],
      ['✔\uFE0F', 2],
      ['▁▂▃', 3],
      [`${RED}red${OFF}`, 3],
      ['\u001B]8;;http://x\u0007link\u001B]8;;\u0007', 4],
      ['a\u200Bb', 2],
    ];
    for (const [text, width] of known) assert.equal(displayWidth(text), width, JSON.stringify(text));
  });

  it('hold whole signs only, and an ellipsis for what is cut', () => {
    assert.equal(shorten('web.1', 5), 'web.1');
    assert.equal(shorten('worker.1', 5), 'work…');
    assert.equal(shorten('日本語', 5), '日本…');
    assert.equal(shorten('日本語', 4), '日…');
    assert.equal(shorten(`${FAMILY}${FAMILY}`, 3), `${FAMILY}…`);
    assert.equal(shorten('web', 1), '…');
    assert.equal(shorten('web', 0), '');
  });

  it('are filled up on either side', () => {
    assert.equal(pad('日本', 6), '日本  ');
    assert.equal(pad('1.2%', 6, 'right'), '  1.2%');
    assert.equal(pad('longer', 3), 'longer');
  });

  it('take a painted text without its colour leaking out', () => {
    assert.equal(cut(`${RED}red${OFF}`, 3), `${RED}red${OFF}`);
    assert.equal(cut(`a${RED}redder${OFF}b`, 4), `a${RED}re…\u001B[0m`);
    assert.equal(cut(`ab${RED}cd${OFF}`, 2), 'a…\u001B[0m');
  });

  it('show nothing that moves the cursor or changes the terminal', () => {
    assert.equal(plain('\u001B[2J\u001B[H\u001B]0;title\u0007gone\r\n\u0007\u009B31m!\u001Bc'), 'gone!');
    assert.equal(plain('a\tb'), 'a  b');
    assert.equal(plain('\u001B]0;never ended'), '');
    // oxlint-disable-next-line no-control-regex -- these are the control characters
    fc.assert(fc.property(fc.string({ unit: 'binary' }), text => !/[\u0000-\u001F\u007F-\u009F]/.test(plain(text))));
  });

  it('are never more than asked for, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 20 }), (text, width) => {
        assert.ok(displayWidth(shorten(plain(text), width)) <= width);
        assert.ok(displayWidth(cut(`${RED}${plain(text)}${OFF}${plain(text)}`, Math.max(1, width))) <= Math.max(1, width));
      }),
    );
  });
});

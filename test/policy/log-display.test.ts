/** What lines of the loggers that people use look like to a person, and what of a line a terminal gets. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { displayOf, isAtLeast, levelOf } from '../../lib/policy/log-display.ts';
import { harmless } from '../../lib/policy/terminal-text.ts';

describe('the display of a line', () => {
  const CASES: readonly (readonly [string, string, string | undefined, string])[] = [
    ['pino', '{"level":50,"time":1764538848123,"pid":42,"hostname":"h","reqId":"r7","msg":"saving failed"}', 'error', 'saving failed reqId=r7'],
    ['bunyan', '{"name":"shop","hostname":"h","pid":4,"level":40,"msg":"slow","time":"2026-11-30T21:40:48.123Z","v":0}', 'warn', 'slow name=shop'],
    ['our own', '{"time":"2026-11-30T21:40:48.123Z","level":"info","type":"app","slot":1,"pid":42,"msg":"GET /"}', 'info', 'GET /'],
    ['winston', '{"level":"warn","message":"disk nearly full","free":12}', 'warn', 'disk nearly full free=12'],
    ['Egg', '{"level":"ERROR","date":"2026-11-30 21:40:48,123","pid":1,"hostname":"h","message":"no"}', 'error', 'no'],
    ['a text', 'plain text', undefined, 'plain text'],
    ['JSON of another kind', '{"a":1}', undefined, '{"a":1}'],
    ['half a line', '{"level":30,"msg":"x"', undefined, '{"level":30,"msg":"x"'],
    ['a level that is none', '{"level":"loud","msg":"x"}', undefined, '{"level":"loud","msg":"x"}'],
  ];
  for (const [what, text, level, message] of CASES) it(`of ${what}`, () => assert.deepEqual(displayOf(text), { level, message }));

  it('shows the stack of an error once', () => {
    const line = JSON.stringify({
      level: 'error',
      msg: 'saving failed: Error: no disk',
      err: { message: 'no disk', stack: 'Error: no disk\n    at save (/app.js:1:1)' },
    });
    assert.equal(displayOf(line).message, 'saving failed: Error: no disk\n    at save (/app.js:1:1)');
  });

  it('never throws, and leaves text that is no JSON as it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), text => {
        const { level, message } = displayOf(text);
        if (level === undefined) assert.equal(message, text);
      }),
    );
  });
});

describe('the level of a line', () => {
  it('is what it says, else what its stream is for', () => {
    assert.equal(levelOf('2026-11-30 21:40:48,123 ERROR 42 no', 'stdout'), 'error');
    assert.equal(levelOf('2026-11-30 21:40:48.123 \u001B[33mWARN \u001B[39m app.1 42 slow', 'stdout'), 'warn');
    assert.equal(levelOf('{"level":20,"msg":"x"}', 'stderr'), 'debug');
    assert.equal(levelOf('something', 'stdout'), 'info');
    assert.equal(levelOf('something', 'stderr'), 'warn');
    assert.equal(levelOf('error: web.1 ended', 'system'), 'error');
    assert.equal(levelOf('error: web.1 ended', 'stdout'), 'info');
    assert.equal(isAtLeast('error', 'warn'), true);
    assert.equal(isAtLeast('info', 'warn'), false);
  });
});

describe('a text for a terminal', () => {
  it('keeps its colours and tabulators', () => {
    const text = '\u001B[1;31mred\u001B[0m\tand \u001B[38;2;1;2;3mmore\u001B[m';
    assert.equal(harmless(text), text);
  });

  it('shows what a terminal would obey', () => {
    assert.equal(harmless('\u001B]0;title\u0007'), '^[]0;title^G');
    assert.equal(harmless('\u001B[2J\u001B[1;1H\u0000\r'), '^[[2J^[[1;1H^@^M');
    assert.equal(harmless('\u009B31m \u007F \u202Eabc'), String.raw`\u009b31m ^? \u202eabc`);
  });

  it('holds no control character but of colours, whatever the application wrote', () => {
    const nasty = fc.array(fc.oneof(fc.string(), fc.constantFrom('\u001B', '[', '31', 'm', ';', '\u0007', '\u009B', 'J'))).map(parts => parts.join(''));
    fc.assert(
      fc.property(nasty, text => {
        // oxlint-disable-next-line no-control-regex -- these are what it is about
        assert.doesNotMatch(harmless(text).replaceAll(/\u001B\[[\d;:]*m/g, ''), /[\u0000-\u0008\u000A-\u001F\u007F-\u009F]/);
      }),
    );
  });
});

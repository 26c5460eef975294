/** Lines of output on a terminal, in a pipe, as JSON. */
import assert from 'node:assert/strict';
import { jsonLogLine, LogRenderer } from '../../../lib/cli/render/log-line.ts';
import type { LogLook } from '../../../lib/cli/render/log-line.ts';
import type { LogLine } from '../../../lib/policy/log-line.ts';

const line = (text: string, over: Partial<LogLine> = {}): LogLine => ({
  time: '2026-11-30T21:40:48.123Z',
  name: 'web.1',
  type: 'web',
  stream: 'stdout',
  text,
  ...over,
});

const PLAIN: LogLook = {
  timestamps: 'none',
  prefix: true,
  raw: false,
  colour: false,
  terminal: false,
  types: ['web', 'worker'],
  names: ['web.1', 'worker.12'],
};
function render(form: Partial<LogLook>, ...lines: readonly LogLine[]): string {
  const renderer = new LogRenderer({ ...PLAIN, ...form });
  return Buffer.concat([...lines.map(one => Buffer.from(renderer.render(one))), Buffer.from(renderer.end())]).toString('latin1');
}

describe('a line of output', () => {
  it('stands behind the time of the clock here and the name, which is as wide as the longest', () => {
    const [time] = render({ timestamps: 'time' }, line('text')).split(' ');
    assert.match(time ?? '', /^\d\d:\d\d:48$/);
    assert.equal(render({ timestamps: 'time' }, line('text')), `${time} web.1     | text\n`);
    assert.equal(render({ timestamps: 'iso' }, line('text')), '2026-11-30T21:40:48.123Z web.1     | text\n');
    assert.equal(render({ prefix: false }, line('text')), 'text\n');
    assert.equal(render({ names: [] }, line('a'), line('b', { name: 'web.100' }), line('c')), 'web.1 | a\nweb.100 | b\nweb.1   | c\n');
  });

  it('goes byte for byte into a pipe', () => {
    const bytes = Buffer.from([0xff, 0x00, 0x1b, 0x0d]);
    assert.equal(render({}, line('\uFFFD', { bytes: bytes.toString('base64') })), 'web.1     | \u00ff\u0000\u001b\r\n');
    assert.equal(render({ prefix: false }, line('\u001B]0;title\u0007\r')), '\u001B]0;title\u0007\r\n');
  });

  it('does nothing to a terminal but colour it, and resets that', () => {
    const form = { terminal: true, colour: false, prefix: false };
    assert.equal(render(form, line('\u001B[31mred')), '\u001B[31mred\u001B[0m\n');
    assert.equal(render(form, line('\u001B[2Jgone\r')), '^[[2Jgone\n');
    assert.equal(render(form, line('\uFFFD\u0000', { bytes: '/wA=' })), Buffer.from('\uFFFD^@\n').toString('latin1'));
  });

  it('shows what a logger meant: level, message, and the stack in rows of its own', () => {
    const text = JSON.stringify({ level: 50, msg: 'no disk', err: { stack: 'Error: full\n    at save' } });
    assert.equal(render({}, line(text)), 'web.1     | ERROR no disk\nweb.1     | Error: full\nweb.1     |     at save\n');
    assert.equal(render({ raw: true }, line(text)), `web.1     | ${text}\n`);
    assert.equal(render({ colour: true, prefix: false }, line('{"level":"warn","msg":"slow"}')), '\u001B[33mWARN \u001B[39m slow\n');
  });

  it('is continued where it was, or on a line of its own when another came between', () => {
    const [begin, end, other] = [line('begin ', { more: true }), line('end'), line('other', { name: 'worker.12' })];
    assert.equal(render({}, begin, line('middle ', { more: true }), end), 'web.1     | begin middle end\n');
    assert.equal(render({}, begin, other, end), 'web.1     | begin \nworker.12 | other\nweb.1     | end\n');
    assert.equal(render({}, begin), 'web.1     | begin \n');
  });

  it('has the colour of its instance, and red for standard error', () => {
    const form = { colour: true, names: [] };
    const [out, error] = [render(form, line('a')), render(form, line('a', { stream: 'stderr' }))];
    assert.equal(out.slice(0, 5), error.slice(0, 5));
    assert.ok(error.includes('\u001B[31m|\u001B[39m') && !out.includes('\u001B[31m|'));
  });

  it('is one JSON document, with level and message where a logger wrote it', () => {
    assert.deepEqual(JSON.parse(jsonLogLine(line('{"level":30,"msg":"hi"}'))), { ...line('{"level":30,"msg":"hi"}'), level: 'info', message: 'hi' });
    assert.deepEqual(JSON.parse(jsonLogLine(line('text'))), { ...line('text'), message: 'text' });
  });
});

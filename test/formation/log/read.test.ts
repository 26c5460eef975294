/** Reading the output of instances: the last lines, since when, which, in the order of time, from files, compressed ones and memory. */
import assert from 'node:assert/strict';
import { readdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { LogHub } from '../../../lib/formation/log/hub.ts';
import { readLines } from '../../../lib/formation/log/read.ts';
import { bytesSegment } from '../../../lib/formation/log/segment.ts';
import type { Chain } from '../../../lib/formation/log/segment.ts';
import { headOf } from '../../../lib/policy/log-line.ts';
import type { RowHead } from '../../../lib/policy/log-line.ts';
import { until } from '../../helpers/until.ts';
import { instanceOf, linesOf, textsOf, withHub } from './hubs.ts';

const START = Date.parse('2026-11-30T12:00:00Z');
const timeOf = (milliseconds: number): string => new Date(START + milliseconds).toISOString();

const row = (milliseconds: number, text: string, over: Partial<RowHead> = {}): string =>
  `${headOf({ time: timeOf(milliseconds), name: 'web.1', stream: 'stdout', part: '', id: 0, isStart: false, ...over })}${text}\n`;

/** A chain whose segments have this text, and which counts what is read of it. */
function chain(type: string, segments: readonly string[]): Chain & { bytesRead: number } {
  const made = {
    type,
    bytesRead: 0,
    segments: segments.map(text => {
      const segment = bytesSegment(Buffer.from(text, 'latin1'));
      return () =>
        Promise.resolve({
          ...segment,
          read(from: number, to: number) {
            made.bytesRead += to - from;
            return segment.read(from, to);
          },
        });
    }),
    close: () => Promise.resolve(),
  };
  return made;
}

describe('reading output', () => {
  it('merges types by time, and keeps the order of each', async () => {
    const web = chain('web', [row(0, 'w1') + row(2, 'w2') + row(2, 'w3'), row(5, 'w4')]);
    const jobs = chain('jobs', [row(1, 'j1', { name: 'jobs.1' }) + row(2, 'j2', { name: 'jobs.1' }), row(9, 'j3', { name: 'jobs.1' })]);
    assert.deepEqual(await textsOf(readLines([web, jobs], {})), ['w1', 'j1', 'w2', 'w3', 'j2', 'w4', 'j3']);
    assert.deepEqual(await textsOf(readLines([web, jobs], { lines: 4 })), ['w3', 'j2', 'w4', 'j3']);
    assert.deepEqual(await textsOf(readLines([web, jobs], { lines: 0 })), []);
  });

  it('gives the last lines the same as the end of all lines', async () => {
    const part = fc.record({
      step: fc.integer({ min: 0, max: 3 }),
      type: fc.constantFrom('web', 'jobs', 'agent'),
      text: fc.oneof(fc.string({ unit: 'grapheme-ascii', maxLength: 30 }), fc.constant('x'.repeat(70_000))),
      cut: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 40 }), fc.integer({ min: 0, max: 50 }), async (parts, count) => {
        const texts = new Map(['web', 'jobs', 'agent'].map(type => [type, ['']]));
        let now = 0;
        for (const { step, type, text, cut } of parts) {
          now += step;
          const segments = texts.get(type);
          if (cut) segments?.push('');
          if (segments !== undefined) segments[segments.length - 1] += row(now, text, { name: `${type}.1` });
        }
        const chains = [...texts].map(([type, segments]) => chain(type, segments));
        const all = await linesOf(readLines(chains, {}));
        assert.equal(all.length, parts.length);
        assert.deepEqual(await linesOf(readLines(chains, { lines: count })), count === 0 ? [] : all.slice(-count));
      }),
      { numRuns: 50 },
    );
  });

  it('reads no more than it needs of a large file, for the last lines and for a time', async () => {
    const rows = Array.from({ length: 200_000 }, (_, index) => row(index, `line ${index}`)).join('');
    const large = chain('web', [rows]);
    assert.deepEqual(await textsOf(readLines([large], { lines: 3 })), ['line 199997', 'line 199998', 'line 199999']);
    assert.ok(large.bytesRead < 256 * 1024, `${large.bytesRead} bytes`);
    const again = chain('web', [rows]);
    assert.equal((await textsOf(readLines([again], { since: new Date(START + 199_000) }))).length, 1000);
    assert.ok(again.bytesRead < 4 * 1024 * 1024, `${again.bytesRead} bytes of ${rows.length}`);
  });

  it('takes what was written in a span of time', async () => {
    const web = chain('web', ['', row(0, 'a') + row(10, 'b'), row(20, 'c') + row(30, 'd')]);
    const at = (milliseconds: number): Date => new Date(START + milliseconds);
    assert.deepEqual(await textsOf(readLines([web], { since: at(10) })), ['b', 'c', 'd']);
    assert.deepEqual(await textsOf(readLines([web], { since: at(10), until: at(20) })), ['b', 'c']);
    assert.deepEqual(await textsOf(readLines([web], { since: at(11), lines: 1 })), ['d']);
    assert.deepEqual(await textsOf(readLines([web], { since: at(-99), until: at(0) })), ['a']);
    assert.deepEqual(await textsOf(readLines([web], { since: at(31) })), []);
  });

  it('takes what instances, stream, level and pattern want', async () => {
    const web = chain('web', [
      row(0, 'GET /') + row(1, '{"level":50,"msg":"no disk"}') + row(2, 'a warning', { stream: 'stderr' }) + row(3, 'GET /cart', { name: 'web.2' }),
    ]);
    const system = chain('system', [row(4, 'warning: web.2 is slow', { name: 'system', stream: 'system' })]);
    const of = (query: Parameters<typeof readLines>[1]): Promise<readonly string[]> => textsOf(readLines([web, system], query));
    assert.deepEqual(await of({ names: { type: type => type === 'web', name: name => name === 'web.2' } }), ['GET /cart']);
    assert.deepEqual(await of({ stream: 'stderr' }), ['a warning']);
    assert.deepEqual(await of({ level: 'warn' }), ['{"level":50,"msg":"no disk"}', 'a warning', 'warning: web.2 is slow']);
    assert.deepEqual(await of({ level: 'error', lines: 100 }), ['{"level":50,"msg":"no disk"}']);
    assert.deepEqual(await of({ grep: /get/gi }), ['GET /', 'GET /cart']);
    assert.deepEqual(await of({ grep: /^GET/, lines: 1 }), ['GET /cart']);
  });

  it('ends a pattern that backtracks for ever', async () => {
    const web = chain('web', [row(0, `${'a'.repeat(60)}b`)]);
    await assert.rejects(textsOf(readLines([web], { grep: /(a+)+$/ })), { code: 'BROOD_LOG_PATTERN' });
  });

  it('puts the parts of a cut line together, also those of two instances of one name', async () => {
    const rows =
      row(0, 'one ', { part: '>', id: 7 }) +
      row(1, 'zwei ', { part: '>', id: 8 }) +
      row(2, 'between') +
      row(3, 'piece ', { part: '=', id: 7 }) +
      row(4, 'Teile', { part: '<', id: 8 }) +
      row(5, 'by piece', { part: '<', id: 7 }) +
      row(6, 'no end', { part: '>', id: 9 }) +
      row(7, '', { part: '.', id: 9 }) +
      row(8, 'neither', { part: '~' });
    assert.deepEqual(await textsOf(readLines([chain('web', [rows])], {})), ['between', 'zwei Teile', 'one piece by piece', 'no end', 'neither']);
    // The last lines are those that begin last.
    assert.deepEqual(await textsOf(readLines([chain('web', rows.split(/(?<=\n)/))], { lines: 3 })), ['between', 'no end', 'neither']);
    assert.deepEqual(await textsOf(readLines([chain('web', [rows])], { lines: 4 })), ['between', 'zwei Teile', 'no end', 'neither']);
  });

  it('shows what is left of a line whose beginning or end has gone', async () => {
    const rows = row(0, 'the end of it', { part: '<', id: 3 }) + row(1, 'whole') + row(2, 'the beginning', { part: '>', id: 4 });
    for (const query of [{}, { lines: 10 }])
      assert.deepEqual(await textsOf(readLines([chain('web', [rows])], query)), ['the end of it', 'whole', 'the beginning']);
  });

  it('gives bytes that are no text beside the text', async () => {
    const [line] = await linesOf(readLines([chain('web', [row(0, '\u00ff\u00fe')])], {}));
    assert.deepEqual(line, { time: timeOf(0), name: 'web.1', type: 'web', stream: 'stdout', text: '\uFFFD\uFFFD', bytes: '//4=' });
    const [utf8] = await linesOf(readLines([chain('web', [row(0, Buffer.from('h\u00e9 \u20ac').toString('latin1'))])], {}));
    assert.deepEqual([utf8?.text, utf8?.bytes], ['h\u00e9 \u20ac', undefined]);
  });

  it('shows rows that somebody else has written into a file', async () => {
    const rows = `a foreign row\n${row(0, 'ours')}torn${row(1, 'glued')}`;
    assert.deepEqual(await textsOf(readLines([chain('web', [rows])], {})), ['a foreign row', 'ours', `torn${row(1, 'glued').trimEnd()}`]);
  });

  it('begins at the last start of the application', async () => {
    await withHub({}, async ({ hub, directory }) => {
      await hub.begin('shop starts');
      instanceOf(hub, 'web').write('old\n');
      await hub.close();
      const next = new LogHub({ dir: directory, now: () => Date.now() + 1000 });
      await next.begin('shop starts');
      instanceOf(next, 'web').write('new\n');
      assert.deepEqual(await textsOf(next.read({ lastStart: true })), ['shop starts', 'new']);
      const onlyWeb = { type: (type: string) => type === 'web', name: () => true };
      assert.deepEqual(await textsOf(next.read({ lastStart: true, names: onlyWeb, lines: 10 })), ['new']);
      assert.deepEqual(await textsOf(next.read({ names: onlyWeb })), ['old', 'new']);
      await next.close();
    });
  });

  it('reads rotated files, compressed ones too, also while they are made', async () => {
    await withHub({ maxSize: 2000, maxFiles: 0, compress: true }, async ({ hub, directory }) => {
      const web = instanceOf(hub, 'web');
      const wanted: string[] = [];
      for (let line = 0; line < 300; line++) {
        wanted.push(`line ${line}`);
        web.write(`line ${line}\n`);
        if (line % 20 === 0) assert.deepEqual(await textsOf(hub.read({ lines: 1000 })), wanted);
      }
      await until(() => readdirSync(directory).filter(name => name.endsWith('.gz')).length > 3);
      assert.deepEqual(await textsOf(hub.read()), wanted);
      await hub.close();
      assert.deepEqual(await textsOf(new LogHub({ dir: directory }).read({ lines: 250 })), wanted.slice(-250));
    });
  });

  it('tells which compressed file is damaged', async () => {
    await withHub({}, async ({ hub, directory }) => {
      writeFileSync(join(directory, 'web.log'), row(1, 'second'));
      const packed = gzipSync(row(0, 'first'.repeat(1000)));
      writeFileSync(join(directory, 'web.log.2026-11-29.gz'), packed.subarray(0, packed.length - 12));
      await assert.rejects(textsOf(hub.read()), { code: 'BROOD_LOG_DAMAGED', message: /web\.log\.2026-11-29\.gz is damaged: unexpected end of file/ });
    });
  });

  it('reads files that somebody else has put aside, by their names', async () => {
    await withHub({}, async ({ hub, directory }) => {
      writeFileSync(join(directory, 'web.log'), row(0, 'first'));
      renameSync(join(directory, 'web.log'), join(directory, 'web.log.2026-11-29'));
      writeFileSync(join(directory, 'web.log.2026-11-29.10'), row(2, 'third'));
      writeFileSync(join(directory, 'web.log.2026-11-29.9'), row(1, 'second'));
      writeFileSync(join(directory, 'web.log.old'), row(3, 'never'));
      utimesSync(join(directory, 'web.log.2026-11-29'), 2e9, 2e9);
      assert.deepEqual(await textsOf(hub.read()), ['first', 'second', 'third']);
    });
  });
});

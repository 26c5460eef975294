/** Bytes to lines, however they are cut into chunks. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { LineSplitter, LONGEST } from '../../../lib/formation/log/splitter.ts';
import type { Part } from '../../../lib/policy/log-line.ts';

interface Emitted {
  readonly body: Buffer;
  readonly part: Part;
}

function split(chunks: readonly Buffer[]): readonly Emitted[] {
  const emitted: Emitted[] = [];
  // A copy: a chunk belongs to whoever gave it.
  const splitter = new LineSplitter((body, part) => emitted.push({ body: Buffer.from(body), part }));
  for (const chunk of chunks) {
    const given = Buffer.from(chunk);
    splitter.push(given);
    given.fill(0);
  }
  splitter.end();
  return emitted;
}

/** Texts with many, few and no ends of line, some longer than a part may be. */
const streams = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 50 }),
      fc.constant(Uint8Array.of(10)),
      fc.integer({ min: 1, max: 3 * LONGEST }).map(size => new Uint8Array(size).fill(120)),
    ),
    {
      maxLength: 12,
    },
  )
  .map(parts => Buffer.concat(parts));
const cuts = fc.array(fc.integer({ min: 1, max: 2 * LONGEST }), { minLength: 1, maxLength: 20 });

function chunksOf(bytes: Buffer, sizes: readonly number[]): readonly Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

describe('LineSplitter', () => {
  it('loses and changes no byte', () => {
    fc.assert(
      fc.property(streams, cuts, (bytes, sizes) => {
        assert.ok(Buffer.concat(split(chunksOf(bytes, sizes)).map(({ body }) => body)).equals(bytes));
      }),
    );
  });

  it('emits whole lines, or the parts of one line in their order, none too long', () => {
    fc.assert(
      fc.property(streams, cuts, (bytes, sizes) => {
        let isOpen = false;
        for (const { body, part } of split(chunksOf(bytes, sizes))) {
          const ends = body.at(-1) === 10;
          assert.ok(part === '' || body.length <= LONGEST + 1, `${body.length} bytes`);
          assert.equal(isOpen, part === '=' || part === '<' || part === '.');
          assert.equal(ends, part === '' || part === '<');
          if (part !== '') assert.equal(body.subarray(0, -1).includes(10), false);
          isOpen = part === '>' || part === '=';
        }
        assert.equal(isOpen, false);
      }),
    );
  });

  it('hands on what it gets as lines at once, and keeps the rest until it ends', () => {
    assert.deepEqual(
      split([Buffer.from('one\ntwo\nthr'), Buffer.from('ee\n'), Buffer.from('end')]).map(({ body, part }) => [String(body), part]),
      [
        ['one\ntwo\n', ''],
        ['three\n', ''],
        ['end', '~'],
      ],
    );
  });

  it('cuts a line of single bytes as one of large chunks', () => {
    const bytes = Buffer.alloc(LONGEST + 10, 'y');
    assert.deepEqual(
      split(chunksOf(bytes, [1])).map(({ body, part }) => [body.length, part]),
      [
        [LONGEST, '>'],
        [10, '.'],
      ],
    );
  });
});

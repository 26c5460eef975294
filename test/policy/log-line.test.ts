/** Rows of log files: what is written can be read, and nothing else is taken for one. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { headOf, readHead, typeOfName } from '../../lib/policy/log-line.ts';
import type { RowHead } from '../../lib/policy/log-line.ts';

const heads: fc.Arbitrary<RowHead> = fc
  .record({
    time: fc.date({ min: new Date('2000-01-01T00:00:00Z'), max: new Date('2999-12-31T00:00:00Z'), noInvalidDate: true }).map(date => date.toISOString()),
    name: fc.constantFrom('web.1', 'agent', 'my-job.12', 'web.0'),
    stream: fc.constantFrom('stdout' as const, 'stderr' as const),
    part: fc.constantFrom('' as const, '~' as const, '>' as const, '=' as const, '<' as const, '.' as const),
    id: fc.integer({ min: 1, max: 2 ** 40 }),
  })
  .map(({ time, name, stream, part, id }) => ({ time, name, stream, part, id: part === '' || part === '~' ? 0 : id, isStart: false }));

describe('the head of a row', () => {
  it('is read as it was written, whatever text follows and wherever it stands', () => {
    fc.assert(
      fc.property(heads, fc.string(), fc.string(), (head, before, text) => {
        const written = headOf(head);
        assert.deepEqual(readHead(`${before}${written}${text}`, before.length), { ...head, end: before.length + written.length });
      }),
    );
  });

  it('looks as it is documented', () => {
    const head = { time: '2026-11-30T21:40:48.123Z', name: 'web.1', part: '', id: 0, isStart: false } as const;
    assert.equal(headOf({ ...head, stream: 'stdout' }), '2026-11-30T21:40:48.123Z web.1 | ');
    assert.equal(headOf({ ...head, stream: 'stderr' }), '2026-11-30T21:40:48.123Z web.1 ! ');
    assert.equal(headOf({ ...head, stream: 'stdout', part: '>', id: 7 }), '2026-11-30T21:40:48.123Z web.1 |>7 ');
    assert.equal(headOf({ ...head, name: 'system', stream: 'system', isStart: true }), '2026-11-30T21:40:48.123Z system ^ ');
    assert.equal(readHead('2026-11-30T21:40:48.123Z system ^ shop starts', 0)?.isStart, true);
  });

  it('is not found in what is none', () => {
    for (const text of [
      '',
      'web.1 | text',
      '2026-11-30 21:40:48.123 web.1 | text',
      '2026-11-30T21:40:48.123Z web.1 text',
      '2026-11-30T21:40:48.123Z web.1 |text',
    ])
      assert.equal(readHead(text, 0), undefined, text);
  });

  it('names the type of its instance', () => {
    assert.deepEqual(['web.2', 'web.0', 'agent', 'my-job.12'].map(typeOfName), ['web', 'web', 'agent', 'my-job']);
  });
});

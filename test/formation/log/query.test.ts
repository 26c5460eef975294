/** Requests for lines in words: what they mean, and what is wrong with them. */
import assert from 'node:assert/strict';
import { namesOf, readLogRequest } from '../../../lib/formation/log/query.ts';

const NOW = Date.parse('2026-11-30T12:00:00Z');
const read = (query: string): ReturnType<typeof readLogRequest> => readLogRequest(new URLSearchParams(query), NOW);

describe('a request for lines', () => {
  it('means everything where it says nothing', () => {
    const { names, follow, lastStart, ...rest } = read('');
    assert.deepEqual([names, follow, lastStart], [undefined, false, false]);
    for (const value of Object.values(rest)) assert.equal(value, undefined);
  });

  it('says times as so long ago, or as dates', () => {
    assert.equal(read('since=10m').since?.getTime(), NOW - 600_000);
    assert.equal(read('since=1.5h&until=2026-11-30T11:00:00Z').until?.getTime(), NOW - 3_600_000);
    assert.equal(read('since=2026-11-29T00:00:00Z').since?.toISOString(), '2026-11-29T00:00:00.000Z');
  });

  it('names types, instances, patterns, or all', () => {
    assert.equal(namesOf([]), undefined);
    assert.equal(namesOf(['web', 'all']), undefined);
    const names = namesOf(['web.2', 'job*', 'agent']);
    assert.deepEqual(
      ['web', 'jobs', 'agent', 'system', 'we'].map(type => names?.type(type)),
      [true, true, true, false, false],
    );
    assert.deepEqual(
      ['web.2', 'web.1', 'web.22', 'jobs.7', 'agent', 'system'].map(name => names?.name(name)),
      [true, false, false, true, true, false],
    );
    assert.equal(namesOf(['web'])?.name('web.12'), true);
    assert.equal(namesOf(['w.b'])?.name('web'), false);
  });

  it('reads patterns with and without the words of Unicode', () => {
    assert.equal(read('grep=%5Cp%7BLu%7D').grep?.test('A'), true);
    assert.equal(read('grep=%5C-').grep?.test('-'), true);
  });

  it('is refused by name', () => {
    for (const [query, what] of [
      ['lines=many', 'lines "many"'],
      ['lines=99999999', 'lines "99999999"'],
      ['since=yesterday', 'since "yesterday"'],
      ['until=12', 'until "12"'],
      ['grep=(', 'grep "("'],
      ['level=loud', 'level "loud"'],
      ['stream=stdin', 'stream "stdin"'],
      ['follow=yes', 'follow "yes"'],
      ['folow=true', 'the parameter "folow"'],
    ] as const)
      assert.throws(() => read(query), { code: 'BROOD_LOG_QUERY', message: `${what} cannot be understood` });
  });
});

/** The metrics of an application: what is added up, what never falls, and how it stands in the text. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { GuestMetric } from '../../lib/observed.ts';
import { exposition } from '../../lib/policy/exposition.ts';
import type { Family } from '../../lib/policy/exposition.ts';
import { guestFamilies } from '../../lib/policy/guest-metrics.ts';
import { metricFamilies } from '../../lib/policy/metrics.ts';
import type { Scene } from '../../lib/policy/metrics.ts';
import { bury, EMPTY, note } from '../../lib/policy/tally.ts';
import type { Reading, Tally, Who } from '../../lib/policy/tally.ts';
import { guestOf, sampleOf } from './figures.ts';

const whoOf = (id: number, name = 'web.1', type = 'web'): Who => ({ id, type, name });
const sceneOf = (tally: Tally, over: Partial<Scene> = {}): Scene => ({
  tally,
  instances: [],
  wanted: new Map(),
  missing: [],
  restarts: new Map(),
  output: new Map(),
  master: { cpu: 0, rss: 0, started: 0, version: '1', node: 'v20' },
  ...over,
});

/** Every value by its name and labels. */
const valuesOf = (families: readonly Family[]): ReadonlyMap<string, number> =>
  new Map(families.flatMap(({ points }) => points.map(({ name, labels, value }) => [`${name}${JSON.stringify(labels)}`, value] as const)));
const at = (tally: Tally, name: string, labels: Readonly<Record<string, string>>): number | undefined =>
  valuesOf(metricFamilies(sceneOf(tally))).get(`${name}${JSON.stringify(labels)}`);
const noted = (...readings: readonly Reading[]): Tally => readings.reduce(note, EMPTY);

const requests = (tally: Tally): number | undefined => at(tally, 'brood_http_requests_total', { type: 'web', protocol: 'http1', status: '2xx' });

describe('the metrics of an application', () => {
  it('add up instances, and keep what those had counted that have ended', () => {
    const both = noted({ who: whoOf(1), seq: 1, sample: sampleOf(10) }, { who: whoOf(2, 'web.2'), seq: 1, sample: sampleOf(7) });
    assert.equal(requests(both), 17);
    const one = bury(both, 1);
    assert.equal(requests(one), 17);
    assert.equal(requests(note(one, { who: whoOf(3), seq: 2, sample: sampleOf(1) })), 18);
    assert.equal(at(one, 'brood_http_request_duration_seconds_count', { type: 'web' }), 62 * 17);
    assert.equal(at(one, 'brood_instance_cpu_seconds_total', { type: 'web', instance: 'web.1' }), 10 / 1e6);
  });

  it('show gauges of the living only: the sum of two under one name, the later of two delays', () => {
    const delay = (p99: number): { readonly mean: number; readonly p99: number; readonly max: number } => ({ mean: 0, p99, max: p99 });
    const both = noted(
      { who: whoOf(1), seq: 1, sample: sampleOf(0, { loop: { active: 0, delay: delay(5000) } }) },
      { who: whoOf(2), seq: 1, sample: sampleOf(0, { loop: { active: 0, delay: delay(9000) } }) },
    );
    const labels = { type: 'web', instance: 'web.1' };
    assert.equal(at(both, 'brood_connections_open', labels), 4);
    assert.equal(at(both, 'brood_eventloop_delay_seconds', { ...labels, stat: 'p99' }), 0.009);
    assert.equal(at(bury(both, 2), 'brood_connections_open', labels), 2);
    assert.equal(at(bury(bury(both, 2), 1), 'brood_connections_open', labels), undefined);
  });

  it('know a process without a channel by what the kernel tells of it', () => {
    const tally = noted({ who: whoOf(1, 'worker.1', 'worker'), seq: 1, usage: { cpu: 2_500_000, rss: 4096 } });
    const labels = { type: 'worker', instance: 'worker.1' };
    assert.equal(at(tally, 'brood_instance_cpu_seconds_total', labels), 2.5);
    assert.equal(at(tally, 'brood_instance_resident_memory_bytes', labels), 4096);
    assert.equal(at(tally, 'brood_connections_open', labels), undefined);
  });

  it('do not count a sample that comes twice, and take none that comes late, or after the end', () => {
    const now = noted({ who: whoOf(1), seq: 2, sample: sampleOf(10) });
    assert.equal(requests(note(now, { who: whoOf(1), seq: 2, sample: sampleOf(10) })), 10);
    const late = note(now, { who: whoOf(1), seq: 1, sample: sampleOf(4, { memory: { rss: 1, heapUsed: 1, heapTotal: 1 } }) });
    assert.equal(requests(late), 10);
    assert.equal(at(late, 'brood_instance_heap_used_bytes', { type: 'web', instance: 'web.1' }), 10);
    assert.equal(requests(note(bury(now, 1), { who: whoOf(1), seq: 3, sample: sampleOf(99) })), 10);
  });

  it('leave what a spare had counted with the spare when it gets a slot', () => {
    const spare = noted({ who: whoOf(1, 'web (spare)'), seq: 1, sample: sampleOf(4_000_000) });
    const serving = note(spare, { who: whoOf(1, 'web.3'), seq: 2, sample: sampleOf(5_000_000) });
    const cpu = (instance: string): number | undefined => at(serving, 'brood_instance_cpu_seconds_total', { type: 'web', instance });
    assert.deepEqual([cpu('web (spare)'), cpu('web.3'), requests(serving)], [4, 1, 5_000_000]);
  });

  it('tell what each type has written, and what of it was lost', () => {
    const values = valuesOf(metricFamilies(sceneOf(EMPTY, { output: new Map([['web', { bytes: 12, lost: 3 }]]) })));
    assert.equal(values.get('brood_output_bytes_total{"type":"web"}'), 12);
    assert.equal(values.get('brood_output_lost_lines_total{"type":"web"}'), 3);
  });

  it('tell instances by state, how many are wanted, restarts and who did not answer', () => {
    const scene = sceneOf(EMPTY, {
      instances: [
        { type: 'web', state: 'ready' },
        { type: 'web', state: 'draining' },
      ],
      wanted: new Map([
        ['web', 1],
        ['jobs', 0],
      ]),
      missing: ['web'],
      restarts: new Map([['web', new Map([['hang', 2]])]]),
    });
    const values = valuesOf(metricFamilies(scene));
    assert.equal(values.get('brood_instances{"type":"web","state":"draining"}'), 1);
    assert.equal(values.get('brood_instances{"type":"jobs","state":"ready"}'), 0);
    assert.equal(values.get('brood_instances_wanted{"type":"jobs"}'), 0);
    assert.equal(values.get('brood_restarts_total{"type":"web","reason":"hang"}'), 2);
    assert.equal(values.get('brood_scrape_missing{"type":"web"}'), 1);
    assert.equal(values.get('brood_scrape_missing{"type":"jobs"}'), 0);
  });
});

type Step =
  | { readonly do: 'note'; readonly id: number; readonly done: number; readonly seq: number; readonly slot: number; readonly usage: boolean }
  | { readonly do: 'end'; readonly id: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('note' as const),
      id: fc.integer({ min: 1, max: 12 }),
      done: fc.oneof(fc.nat({ max: 1000 }), fc.nat({ max: 2 ** 48 }), fc.constant(2 ** 48)),
      seq: fc.nat({ max: 20 }),
      slot: fc.integer({ min: 0, max: 3 }),
      usage: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const), id: fc.integer({ min: 1, max: 12 }) }) },
);

function after(tally: Tally, one: Step): Tally {
  if (one.do === 'end') return bury(tally, one.id);
  const who = whoOf(one.id, one.slot === 0 ? 'web (spare)' : `web.${one.slot}`, one.id % 2 === 0 ? 'web' : 'agent');
  const usage = one.usage ? { usage: { cpu: one.done, rss: 1 } } : {};
  return note(tally, { who, seq: one.seq, sample: sampleOf(one.done, { guest: one.done % 3 === 0 ? [] : guestOf(one.done % 5000) }), ...usage });
}

/** What must not fall: counters, and the buckets, sums and counts of histograms. */
const rising = (families: readonly Family[]): ReadonlyMap<string, number> =>
  valuesOf(families.filter(({ type }) => type === 'counter' || type === 'histogram'));

describe('a counter', () => {
  it('never falls, whoever ends in whatever order, and whatever comes late, twice, or is a lie', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        let tally = EMPTY;
        let before: ReadonlyMap<string, number> = new Map();
        for (const one of steps) {
          tally = after(tally, one);
          const now = rising(metricFamilies(sceneOf(tally)));
          for (const [name, value] of before) {
            // The sum of what an application observes may fall by itself; these samples let it fall.
            if (!name.startsWith('took_sum')) assert.ok((now.get(name) ?? -1) >= value, `${name}: ${value} → ${now.get(name)}`);
          }
          for (const value of now.values()) assert.ok(Number.isFinite(value) && value >= 0);
          before = now;
        }
      }),
      { numRuns: 300 },
    );
  });

  it('of fractions stays the same when an instance ends', () => {
    const guest = (value: number): readonly GuestMetric[] => [
      { name: 'work_seconds_total', help: '', type: 'counter', aggregator: 'sum', values: [{ name: 'work_seconds_total', labels: {}, value }] },
    ];
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 8 }), fc.infiniteStream(fc.nat()), (values, order) => {
        let tally = values.reduce((sum, value, index) => note(sum, { who: whoOf(index + 1), seq: 1, sample: sampleOf(0, { guest: guest(value) }) }), EMPTY);
        const work = at(tally, 'work_seconds_total', {});
        const left = values.map((_, index) => index + 1);
        while (left.length > 0) {
          const [id = 0] = left.splice((order.next().value ?? 0) % left.length, 1);
          tally = bury(tally, id);
          assert.equal(at(tally, 'work_seconds_total', {}), work);
        }
      }),
    );
  });
});

describe('metrics of prom-client', () => {
  const gauge = (aggregator: GuestMetric['aggregator'], value: number): readonly GuestMetric[] => [
    { name: 'g', help: 'h', type: 'gauge', aggregator, values: [{ name: 'g', labels: {}, value }] },
  ];
  const of = (aggregator: GuestMetric['aggregator']): number | undefined =>
    valuesOf(guestFamilies([gauge(aggregator, 4), gauge(aggregator, 1), gauge(aggregator, 7)], new Map())).get('g{}');

  it('are aggregated as prom-client would', () => {
    assert.deepEqual((['sum', 'average', 'first', 'min', 'max', 'omit'] as const).map(of), [12, 4, 4, 1, 7, undefined]);
  });

  it('keep the counts of an instance that has ended, not its gauges', () => {
    const tally = bury(noted({ who: whoOf(1), seq: 1, sample: sampleOf(0, { guest: guestOf(5) }) }), 1);
    assert.equal(at(tally, 'orders_total', { kind: 'a' }), 5);
    assert.equal(at(tally, 'took_bucket', { le: '1' }), 5);
    assert.equal(at(tally, 'queue', {}), undefined);
  });

  it('with a name that no text may hold, or one of ours, are left out', () => {
    const metric = (name: string, label: string): GuestMetric => ({
      name,
      help: '',
      type: 'gauge',
      aggregator: 'sum',
      values: [{ name, labels: { [label]: 'x' }, value: 1 }],
    });
    const guest = [metric('fit', 'a'), metric('brood_info', 'a'), metric('a b', 'a'), metric('label', 'a-b'), metric('new\nline 1', 'a')];
    const tally = noted({ who: whoOf(1), seq: 1, sample: sampleOf(0, { guest }) });
    const names = metricFamilies(sceneOf(tally)).flatMap(({ points }) => points.map(({ name }) => name));
    assert.deepEqual(
      names.filter(name => !name.startsWith('brood_')),
      ['fit'],
    );
    assert.equal(names.filter(name => name === 'brood_info').length, 1);
  });

  it('of one name and two types are those of the first', () => {
    const counter: readonly GuestMetric[] = [{ name: 'g', help: '', type: 'counter', aggregator: 'sum', values: [{ name: 'g', labels: {}, value: 9 }] }];
    const families = guestFamilies([gauge('sum', 1), counter], new Map());
    assert.deepEqual([families.length, families[0]?.type, families[0]?.points[0]?.value], [1, 'gauge', 1]);
  });

  it('that are new in each process are not remembered for ever', () => {
    const fresh = (id: number): readonly GuestMetric[] => [
      {
        name: 'c',
        help: '',
        type: 'counter',
        aggregator: 'sum',
        values: Array.from({ length: 1000 }, (_, index) => ({ name: 'c', labels: { id: `${id}.${index}` }, value: 1 })),
      },
    ];
    let tally = EMPTY;
    for (let id = 1; id <= 12; id++) tally = bury(note(tally, { who: whoOf(id), seq: 1, sample: sampleOf(0, { guest: fresh(id) }) }), id);
    assert.equal(tally.guests.size, 10_000);
  });
});

describe('the text', () => {
  it('is of the format 0.0.4: escaped, and with the numbers that Go reads', () => {
    const family: Family = {
      name: 'x',
      help: 'a\\b\nc "d"',
      type: 'gauge',
      points: [
        { name: 'x', labels: {}, value: 1.5 },
        { name: 'x', labels: { path: 'C:\\a "b"\nc', other: '' }, value: 1e21 },
        { name: 'x', labels: { of: 'nothing' }, value: NaN },
        { name: 'x', labels: { of: 'all' }, value: Infinity },
        { name: 'x', labels: { of: 'less' }, value: -Infinity },
      ],
    };
    assert.equal(
      exposition([family, { name: 'empty', help: '', type: 'counter', points: [] }]),
      [
        String.raw`# HELP x a\\b\nc "d"`,
        '# TYPE x gauge',
        'x 1.5',
        String.raw`x{path="C:\\a \"b\"\nc",other=""} 1e+21`,
        'x{of="nothing"} NaN',
        'x{of="all"} +Inf',
        'x{of="less"} -Inf',
        '',
      ].join('\n'),
    );
  });
});

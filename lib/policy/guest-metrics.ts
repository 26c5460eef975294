/**
 * Metrics that applications keep with prom-client, of all instances as one: by the rules of prom-client's own aggregation,
 * but what was counted by an instance that has ended stays counted.
 */
import type { GuestMetric, GuestValue } from '../observed.ts';
import type { Family, Point } from './exposition.ts';

/** One value of a metric, with the name and labels that it is told apart by. */
interface Series {
  readonly metric: Omit<GuestMetric, 'values'>;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Sums are kept as whole numbers of this part: added up as fractions they would depend on the order, and could fall. */
const PART = 1e9;
/** So many values of instances that have ended are remembered; labels that are new in each process would be remembered for ever. */
const MOST_SERIES = 10_000;

/** What has ended: the sums by series. */
export type Ended = ReadonlyMap<string, Series & { readonly sum: bigint }>;

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Ours; a guest with the same name would make the text invalid. */
const OWN = /^brood_/;

const isFit = (metric: GuestMetric): boolean => NAME.test(metric.name) && !OWN.test(metric.name);
const isFitValue = ({ name, labels }: GuestValue): boolean => NAME.test(name) && Object.keys(labels).every(label => LABEL.test(label));

const holding = (metric: GuestMetric, values: readonly GuestValue[]): GuestMetric => ({ ...metric, values });

/** A metric without what no text may hold. */
export const fit = (metrics: readonly GuestMetric[]): readonly GuestMetric[] =>
  metrics.filter(isFit).map(metric => holding(metric, metric.values.filter(isFitValue)));

/** Counts: they only rise, and stay when the process ends. Quantiles and gauges do not. */
const isCounted = ({ type, name, aggregator }: GuestMetric, value: GuestValue): boolean =>
  aggregator === 'sum' && (type === 'counter' || type === 'histogram' || (type === 'summary' && value.name !== name));

const keyOf = ({ name }: Pick<GuestMetric, 'name'>, value: GuestValue): string => {
  const labels = Object.entries(value.labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([name, value.name, labels]);
};

const partsOf = (value: number): bigint => BigInt(Math.round(value * PART));

/** The newer of two samples of one instance, but no count falls or goes. A sum may fall: what is observed may be negative. */
export function risenGuest(before: readonly GuestMetric[], now: readonly GuestMetric[]): readonly GuestMetric[] {
  const known = new Map(before.map(metric => [metric.name, metric]));
  const risenValues = (metric: GuestMetric): readonly GuestValue[] => {
    const old = known.get(metric.name);
    if (old === undefined || old.type !== metric.type) return metric.values;
    const counts = new Map(old.values.filter(value => isCounted(old, value)).map(value => [keyOf(old, value), value]));
    const values = metric.values.map(value => {
      const key = keyOf(metric, value);
      const least = counts.get(key)?.value;
      counts.delete(key);
      return least === undefined || value.value >= least || value.name.endsWith('_sum') ? value : { ...value, value: least };
    });
    return [...values, ...counts.values()];
  };
  const told = new Set(now.map(({ name }) => name));
  const untold = before
    .filter(({ name }) => !told.has(name))
    .map(metric =>
      holding(
        metric,
        metric.values.filter(value => isCounted(metric, value)),
      ),
    );
  return [...now.map(metric => holding(metric, risenValues(metric))), ...untold.filter(({ values }) => values.length > 0)];
}

/** What an instance that has ended leaves. */
export function leave(ended: Ended, metrics: readonly GuestMetric[]): Ended {
  const next = new Map(ended);
  for (const { values, ...metric } of metrics) {
    for (const value of values) {
      if (!isCounted({ ...metric, values }, value)) continue;
      const key = keyOf(metric, value);
      const known = next.get(key);
      if (known === undefined && next.size >= MOST_SERIES) continue;
      next.set(key, { metric, name: value.name, labels: value.labels, sum: (known?.sum ?? 0n) + partsOf(value.value) });
    }
  }
  return next;
}

/** The values of one series in all instances, in the order of their ids. */
interface Gathered extends Series {
  readonly isCounted: boolean;
  ended: bigint;
  readonly values: number[];
}

function combined({ metric, isCounted: counts, ended, values }: Gathered): number | undefined {
  if (counts) return Number(values.reduce((sum, value) => sum + partsOf(value), ended)) / PART;
  const [first] = values;
  if (first === undefined) return undefined;
  const sum = values.reduce((all, value) => all + value, 0);
  // The sum of quantiles is none.
  const rule = metric.type === 'summary' && metric.aggregator === 'sum' ? 'average' : metric.aggregator;
  switch (rule) {
    case 'sum':
      return sum;
    case 'average':
      return sum / values.length;
    case 'first':
      return first;
    case 'min':
      return Math.min(...values);
    case 'max':
      return Math.max(...values);
    case 'omit':
      return undefined;
  }
}

/** All of them as one; `living` in the order of the ids of the instances. A name that is used for two types is the first one's. */
export function guestFamilies(living: readonly (readonly GuestMetric[])[], ended: Ended): readonly Family[] {
  const gathered = new Map<string, Gathered>();
  for (const { sum, ...series } of ended.values()) {
    gathered.set(keyOf(series.metric, { ...series, value: 0 }), { ...series, isCounted: true, ended: sum, values: [] });
  }
  for (const metrics of living) {
    for (const { values, ...metric } of metrics) {
      for (const value of values) {
        const key = keyOf(metric, value);
        const known = gathered.get(key);
        const series: Gathered = known ?? {
          metric,
          name: value.name,
          labels: value.labels,
          isCounted: isCounted({ ...metric, values }, value),
          ended: 0n,
          values: [],
        };
        if (series.metric.type === metric.type) series.values.push(value.value);
        if (known === undefined) gathered.set(key, series);
      }
    }
  }
  return familiesOf(gathered.values());
}

function familiesOf(all: Iterable<Gathered>): readonly Family[] {
  const families = new Map<string, Family & { readonly points: Point[] }>();
  for (const series of all) {
    const { name, type, help } = series.metric;
    const value = combined(series);
    const family = families.get(name) ?? { name, type, help, points: [] };
    if (value === undefined || family.type !== type) continue;
    family.points.push({ name: series.name, labels: series.labels, value });
    families.set(name, family);
  }
  return [...families.values()];
}

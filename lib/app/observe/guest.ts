/**
 * What an application measures by itself, with prom-client: its registries are found when it has loaded that package, and
 * asked. Nothing is loaded for it, and nothing that it does wrong is ours: what is no metric is left out.
 */
import { createRequire } from 'node:module';
import { BroodError } from '../../errors.ts';
import { AGGREGATORS, GUEST_TYPES, MOST_GUEST } from '../../observed.ts';
import type { GuestMetric, GuestValue } from '../../observed.ts';

/** The one method of a registry of prom-client that is called. */
export interface Registry {
  getMetricsAsJSON(): unknown;
}

export const isRegistry = (value: unknown): value is Registry =>
  typeof value === 'object' && value !== null && 'getMetricsAsJSON' in value && typeof value.getMetricsAsJSON === 'function';

/** Milliseconds that all registries together may take; some collect what they tell when they are asked. */
const WITHIN = 300;
/** The package's own main file, wherever it is installed. */
const MAIN = /[\\/]prom-client[\\/]index\.c?js$/;

/** Registries that the application has named. */
const named = new Set<Registry>();

/** `app.metrics`: what an application measures by itself joins the metrics of the cluster. */
export interface OwnMetrics {
  /**
   * Names a registry of prom-client; the global one of the package is found by itself.
   *
   * @throws BROOD_METRICS_REGISTRY when it is none
   */
  register(registry: Registry): void;
}

export const ownMetrics: OwnMetrics = {
  register(registry) {
    if (!isRegistry(registry)) throw new BroodError('BROOD_METRICS_REGISTRY', { actual: typeof registry });
    named.add(registry);
  },
};

/** The global registry of every copy of the package that is loaded: an ES module that imports it leaves it here, too. */
function found(): readonly Registry[] {
  const { cache } = createRequire(import.meta.url);
  return Object.keys(cache).flatMap(file => {
    if (!MAIN.test(file)) return [];
    const exported: unknown = cache[file]?.exports;
    const registry: unknown = typeof exported === 'object' && exported !== null && 'register' in exported ? exported.register : undefined;
    return isRegistry(registry) ? [registry] : [];
  });
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const oneOf = <Word extends string>(words: readonly Word[], value: unknown, fallback: Word): Word => words.find(word => word === value) ?? fallback;

function valueOf(given: unknown, metric: string): readonly GuestValue[] {
  if (!isRecord(given) || typeof given['value'] !== 'number' || !Number.isFinite(given['value'])) return [];
  const labels = isRecord(given['labels']) ? given['labels'] : {};
  const shared = isRecord(given['sharedLabels']) ? given['sharedLabels'] : {};
  return [
    {
      name: typeof given['metricName'] === 'string' ? given['metricName'] : metric,
      labels: Object.fromEntries(Object.entries({ ...labels, ...shared }).map(([key, label]) => [key, String(label)])),
      value: given['value'],
    },
  ];
}

function metricOf(given: unknown): readonly GuestMetric[] {
  if (!isRecord(given) || typeof given['name'] !== 'string' || !Array.isArray(given['values'])) return [];
  const { name, values } = given;
  return [
    {
      name,
      help: typeof given['help'] === 'string' ? given['help'] : '',
      type: oneOf(GUEST_TYPES, given['type'], 'gauge'),
      aggregator: oneOf(AGGREGATORS, given['aggregator'], 'sum'),
      values: values.flatMap(value => valueOf(value, name)),
    },
  ];
}

async function ask(registries: readonly Registry[]): Promise<readonly GuestMetric[]> {
  const told = await Promise.all(registries.map(registry => registry.getMetricsAsJSON()));
  return told.flatMap(metrics => (Array.isArray(metrics) ? metrics.flatMap(metricOf) : []));
}

export interface Guest {
  readonly metrics: readonly GuestMetric[];
  /** Times that they were too large, took too long or failed, so far. */
  readonly lost: number;
}

let lost = 0;

/** What the application tells now; nothing when it has no such package. Never rejects. */
export async function guestMetrics(): Promise<Guest> {
  const registries = [...new Set([...named, ...found()])];
  if (registries.length === 0) return { metrics: [], lost };
  const late = new Promise<undefined>(resolve => setTimeout(resolve, WITHIN, undefined).unref());
  const metrics = await Promise.race([ask(registries), late]).catch(() => undefined);
  if (metrics === undefined || JSON.stringify(metrics).length > MOST_GUEST) {
    lost++;
    return { metrics: [], lost };
  }
  return { metrics, lost };
}

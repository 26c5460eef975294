/** The metrics of an application: what is known of its instances, as families for Prometheus. Names begin with brood_. */
import type { State } from '../model.ts';
import type { Sample } from '../observed.ts';
import { answers, counted, latencies } from './counters.ts';
import type { Row, Single } from './counters.ts';
import type { Family, Point } from './exposition.ts';
import { guestFamilies } from './guest-metrics.ts';
import { SHOWN, total, upTo } from './latency.ts';
import { memoryOf, shares, sums } from './tally.ts';
import type { Known, Tally } from './tally.ts';

/** What there is to show. */
export interface Scene {
  readonly tally: Tally;
  readonly instances: readonly { readonly type: string; readonly state: State }[];
  /** How many are wanted of each type. */
  readonly wanted: ReadonlyMap<string, number>;
  /** Types of the instances that were asked and have not answered. */
  readonly missing: readonly string[];
  /** Ends after which an instance was replaced, by type and reason. */
  readonly restarts: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** What each type has written, and how many lines of it could not be kept or passed on. */
  readonly output: ReadonlyMap<string, { readonly bytes: number; readonly lost: number }>;
  /** The master itself; microseconds, bytes, seconds since the epoch. */
  readonly master: { readonly cpu: number; readonly rss: number; readonly started: number; readonly version: string; readonly node: string };
}

type Labels = Readonly<Record<string, string>>;

const MICROSECONDS = 1e6;
const seconds = (microseconds: number): number => microseconds / MICROSECONDS;
const CLASSES = ['none', '1xx', '2xx', '3xx', '4xx', '5xx'];

const family = (type: Family['type'], name: string, help: string, points: readonly (readonly [Labels, number | undefined])[]): Family => ({
  name,
  type,
  help,
  points: points.flatMap(([labels, value]) => (value === undefined ? [] : [{ name, labels, value }])),
});

/** One counter of each type. */
function perType(types: ReadonlyMap<string, Row>, name: string, help: string, value: (row: Row) => number): Family {
  return family(
    'counter',
    name,
    help,
    [...types].map(([type, row]) => [{ type }, value(row)]),
  );
}

function histogramPoints(name: string, type: string, row: Row): readonly Point[] {
  const counts = latencies(row);
  const all = total(counts);
  const bucket = (le: string, value: number): Point => ({ name: `${name}_bucket`, labels: { type, le }, value });
  const buckets = SHOWN.map(bound => bucket(String(seconds(bound)), upTo(counts, bound)));
  const sum: Point = { name: `${name}_sum`, labels: { type }, value: seconds(counted(row, 'latencySum')) };
  return [...buckets, bucket('+Inf', all), sum, { name: `${name}_count`, labels: { type }, value: all }];
}

function requestFamilies(types: ReadonlyMap<string, Row>): readonly Family[] {
  const byClass = [...types].flatMap(([type, row]) =>
    (['http1', 'http2'] as const).flatMap(protocol =>
      answers(row, protocol).flatMap((count, kind) => (count === 0 ? [] : [[{ type, protocol, status: CLASSES[kind] ?? '' }, count] as const])),
    ),
  );
  const name = 'brood_http_request_duration_seconds';
  const points = [...types].flatMap(([type, row]) => histogramPoints(name, type, row));
  return [
    family('counter', 'brood_http_requests_total', 'Requests that have ended, by the class of their status; none: without an answer.', byClass),
    { name, type: 'histogram', help: 'From the head of a request to the last byte of its answer.', points },
  ];
}

function counterFamilies(types: ReadonlyMap<string, Row>): readonly Family[] {
  const inSeconds =
    (what: Single) =>
    (row: Row): number =>
      seconds(counted(row, what));
  const directions: readonly Single[] = ['sent', 'received', 'dropped'];
  const outcomes: readonly Single[] = ['handled', 'idle', 'errors'];
  return [
    ...requestFamilies(types),
    perType(types, 'brood_connections_total', 'Connections that were accepted.', row => counted(row, 'accepted')),
    perType(types, 'brood_websockets_total', 'Connections that have become WebSockets.', row => counted(row, 'webSockets')),
    family(
      'counter',
      'brood_messages_total',
      'Messages between the processes.',
      [...types].flatMap(([type, row]) => directions.map(direction => [{ type, direction }, counted(row, direction)] as const)),
    ),
    family(
      'counter',
      'brood_job_runs_total',
      'Runs of jobs; idle: there was nothing to do.',
      [...types].flatMap(([type, row]) =>
        outcomes.every(outcome => counted(row, outcome) === 0) ? [] : outcomes.map(outcome => [{ type, outcome }, counted(row, outcome)] as const),
      ),
    ),
    perType(types, 'brood_eventloop_active_seconds_total', 'Time that event loops were at work.', inSeconds('active')),
    perType(types, 'brood_gc_runs_total', 'Runs of the garbage collector since somebody first asked.', row => counted(row, 'gcRuns')),
    perType(types, 'brood_gc_seconds_total', 'Time that they took.', inSeconds('gcTime')),
    perType(types, 'brood_guest_metrics_lost_total', 'Times that the metrics of an application itself were too large, or too late.', row =>
      counted(row, 'guestLost'),
    ),
  ];
}

/** What is known of one name: two instances have it while one replaces the other. */
interface Group {
  readonly labels: Labels;
  readonly all: readonly Known[];
}

function groupsOf({ living }: Tally): readonly Group[] {
  const groups = new Map<string, Known[]>();
  for (const known of living.values()) {
    const { type, name } = known.who;
    groups.set(`${type} ${name}`, [...(groups.get(`${type} ${name}`) ?? []), known]);
  }
  return [...groups.values()].map(all => ({ labels: { type: all[0]?.who.type ?? '', instance: all[0]?.who.name ?? '' }, all }));
}

/** Their sum, of those that have told. */
function summed({ all }: Group, read: (known: Known) => number | undefined): number | undefined {
  const values = all.map(read).filter(value => value !== undefined);
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}

function gaugeFamilies(tally: Tally): readonly Family[] {
  const groups = groupsOf(tally);
  const gauge = (name: string, help: string, read: (known: Known) => number | undefined): Family =>
    family(
      'gauge',
      name,
      help,
      groups.map(group => [group.labels, summed(group, read)]),
    );
  const told =
    (read: (sample: Sample) => number) =>
    ({ sample }: Known): number | undefined =>
      sample === undefined ? undefined : read(sample);
  const stats = ['mean', 'p99', 'max'] as const;
  const delays = groups.flatMap(({ labels, all }) => {
    const seen = all.flatMap(({ sample }) => sample?.loop.delay ?? []);
    return seen.length === 0 ? [] : stats.map(stat => [{ ...labels, stat }, seconds(Math.max(...seen.map(delay => delay[stat])))] as const);
  });
  return [
    gauge('brood_instance_resident_memory_bytes', 'Resident memory of an instance and what it has started.', memoryOf),
    gauge(
      'brood_instance_heap_used_bytes',
      'Memory that the JavaScript of an instance uses.',
      told(({ memory }) => memory.heapUsed),
    ),
    gauge(
      'brood_instance_heap_bytes',
      'Memory that V8 has taken for it.',
      told(({ memory }) => memory.heapTotal),
    ),
    family('gauge', 'brood_eventloop_delay_seconds', 'How late the event loop was since the last look.', delays),
    gauge(
      'brood_http_requests_in_flight',
      'Requests under way.',
      told(({ requests }) => requests.inFlight),
    ),
    gauge(
      'brood_connections_open',
      'Open connections, WebSockets among them.',
      told(({ connections }) => connections.open),
    ),
    gauge(
      'brood_websockets_open',
      'Open WebSockets.',
      told(({ connections }) => connections.openWebSockets),
    ),
    gauge(
      'brood_mail_queue_bytes',
      'Messages that wait for a receiver.',
      told(({ mail }) => mail.queued),
    ),
  ];
}

const STATES: readonly State[] = ['starting', 'spare', 'ready', 'draining'];

function instanceFamilies({ tally, instances, wanted, missing, restarts }: Scene): readonly Family[] {
  const types = [...new Set([...wanted.keys(), ...instances.map(({ type }) => type)])];
  const countOf = (type: string, state: State): number => instances.filter(instance => instance.type === type && instance.state === state).length;
  return [
    family(
      'gauge',
      'brood_instances',
      'Instances in each state.',
      types.flatMap(type => STATES.map(state => [{ type, state }, countOf(type, state)] as const)),
    ),
    family(
      'gauge',
      'brood_instances_wanted',
      'Instances that are wanted.',
      [...wanted].map(([type, count]) => [{ type }, count] as const),
    ),
    family(
      'counter',
      'brood_restarts_total',
      'Ends of an instance after which another one took its place.',
      [...restarts].flatMap(([type, reasons]) => [...reasons].map(([reason, count]) => [{ type, reason }, count] as const)),
    ),
    family(
      'gauge',
      'brood_scrape_missing',
      'Instances that have not answered this time; what they had counted is shown as it was.',
      types.map(type => [{ type }, missing.filter(one => one === type).length] as const),
    ),
    family(
      'counter',
      'brood_instance_cpu_seconds_total',
      'CPU time of an instance and what it has started.',
      shares(tally).map(({ type, name, row }) => [{ type, instance: name }, seconds(counted(row, 'cpu'))] as const),
    ),
  ];
}

function outputFamilies({ output }: Scene): readonly Family[] {
  const points = (key: 'bytes' | 'lost') => [...output].map(([type, count]) => [{ type }, count[key]] as const);
  return [
    family('counter', 'brood_output_bytes_total', 'Bytes that instances have written to standard output and error.', points('bytes')),
    family('counter', 'brood_output_lost_lines_total', 'Lines of it that could not be kept, or that nobody took.', points('lost')),
  ];
}

/** All of it: ours, then what the applications keep by themselves. */
export function metricFamilies(scene: Scene): readonly Family[] {
  const { tally, master } = scene;
  const living = [...tally.living].toSorted(([a], [b]) => a - b).map(([, { guest }]) => guest);
  const types = sums(tally);
  return [
    ...instanceFamilies(scene),
    ...gaugeFamilies(tally),
    ...counterFamilies(types),
    ...outputFamilies(scene),
    family('gauge', 'brood_info', 'Versions of the master.', [[{ version: master.version, node: master.node }, 1]]),
    family('counter', 'brood_master_cpu_seconds_total', 'CPU time of the master.', [[{}, seconds(master.cpu)]]),
    family('gauge', 'brood_master_resident_memory_bytes', 'Resident memory of the master.', [[{}, master.rss]]),
    family('gauge', 'brood_master_start_time_seconds', 'When the master was started.', [[{}, master.started]]),
    ...guestFamilies(living, tally.guests),
  ];
}

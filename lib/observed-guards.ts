/** The guards of what an instance tells of itself: exact shapes, bounded, and no number that cannot be added up. */
import { AGGREGATORS, GUEST_TYPES, LATENCY_PLACES, MOST_FRAMES, MOST_GUEST, MOST_REQUESTS, STATUS_CLASSES } from './observed.ts';
import type { HangReport, Sample } from './observed.ts';
import { isCount, isFigure, isListOf, isObject, isText } from './shapes.ts';

const isFrame = (value: unknown): boolean =>
  isObject(value) && isText(value['function'], 256) && isText(value['file'], 1024) && isCount(value['line']) && isCount(value['column']);

export const isHangReport = (value: unknown): value is HangReport =>
  isObject(value) &&
  isFigure(value['after']) &&
  isListOf(value['stack'], MOST_FRAMES, isFrame) &&
  (value['known'] === undefined || isText(value['known'], 1024)) &&
  (value['requests'] === undefined || isListOf(value['requests'], MOST_REQUESTS, request => isText(request, 256))) &&
  (value['ended'] === undefined || isFigure(value['ended']));

/** So much no process ever counts: who claims more lies. Microseconds of nine years. */
const MOST_COUNTED = 2 ** 48;
const isTally = (value: unknown): boolean => isCount(value) && value <= MOST_COUNTED;

const isOneOf = (words: readonly string[], value: unknown): boolean => typeof value === 'string' && words.includes(value);
const areCounts = (value: unknown, keys: readonly string[]): boolean => isObject(value) && keys.every(key => isTally(value[key]));
const isCountList = (value: unknown, length: number): boolean => isListOf(value, length, isTally) && Array.isArray(value) && value.length === length;

const isLoop = (value: unknown): boolean =>
  isObject(value) && isTally(value['active']) && (value['delay'] === undefined || areCounts(value['delay'], ['mean', 'p99', 'max']));

const isRequests = (value: unknown): boolean =>
  isObject(value) &&
  isTally(value['inFlight']) &&
  isCountList(value['http1'], STATUS_CLASSES) &&
  isCountList(value['http2'], STATUS_CLASSES) &&
  isObject(value['latency']) &&
  isTally(value['latency']['sum']) &&
  isCountList(value['latency']['counts'], LATENCY_PLACES);

/** The text of a metric, as characters; Infinity for what is none. */
function textOfValue(value: unknown): number {
  if (!isObject(value) || !isText(value['name'], 256) || typeof value['value'] !== 'number' || !Number.isFinite(value['value'])) return Infinity;
  const { name, labels } = value;
  if (!isObject(labels)) return Infinity;
  return Object.entries(labels).reduce((sum, [key, label]) => sum + key.length + (isText(label) ? label.length : Infinity), name.length);
}

function textOfMetric(value: unknown): number {
  if (!isObject(value) || !isText(value['name'], 256) || !isText(value['help']) || !Array.isArray(value['values'])) return Infinity;
  if (!isOneOf(GUEST_TYPES, value['type']) || !isOneOf(AGGREGATORS, value['aggregator'])) return Infinity;
  const { name, help, values } = value;
  return values.reduce((sum: number, one) => sum + textOfValue(one), name.length + help.length);
}

const isGuest = (value: unknown): boolean =>
  Array.isArray(value) && value.length <= MOST_GUEST && value.reduce((sum: number, metric) => sum + textOfMetric(metric), 0) <= MOST_GUEST;

export const isSample = (value: unknown): value is Sample =>
  isObject(value) &&
  isTally(value['cpu']) &&
  areCounts(value['memory'], ['rss', 'heapUsed', 'heapTotal']) &&
  isLoop(value['loop']) &&
  areCounts(value['gc'], ['runs', 'time']) &&
  (value['runs'] === undefined || areCounts(value['runs'], ['handled', 'idle', 'errors'])) &&
  isRequests(value['requests']) &&
  areCounts(value['connections'], ['accepted', 'open', 'webSockets', 'openWebSockets']) &&
  areCounts(value['mail'], ['sent', 'received', 'dropped', 'queued']) &&
  isGuest(value['guest']) &&
  isTally(value['guestLost']);

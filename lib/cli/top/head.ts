/** The first line of the screen: the application as a whole, with the course of its figures. */
import type { Status, TypeStatus } from '../../daemon/api.ts';
import type { Style } from '../render/colours.ts';
import { isFailing, sumOf } from '../render/rows.ts';
import { segments } from '../render/segments.ts';
import type { Segment } from '../render/segments.ts';
import { spark } from '../render/spark.ts';
import { brief, rate, size, span } from '../render/units.ts';
import { plain } from '../render/width.ts';
import type { Area, Picture } from './picture.ts';

/** Columns of a course, by the width of the screen. */
export const barsAt = (width: number): number => (width >= 100 ? 8 : width >= 72 ? 5 : 0);
/** A full bar of the processor is never less than a fifth of a core. */
const LEAST_CPU = 0.2;
/** Memory stands at two thirds of the height, so that growth can be seen. */
const MEMORY_ROOM = 1.5;

export const cpuBars = (figures: readonly number[], columns: number): string => spark(figures, columns, LEAST_CPU);
export const memoryBars = (figures: readonly number[], columns: number): string =>
  spark(figures, columns, Math.max(0, ...figures.slice(-columns)) * MEMORY_ROOM);

const some = (value: number | undefined, segment: (value: number) => Segment): readonly Segment[] => (value === undefined ? [] : [segment(value)]);

function typeSegment(shown: TypeStatus, index: number): Segment {
  const { type, ready, completed = 0, wanted, state } = shown;
  if (state === 'completed') return { text: `${type} completed`, importance: 55 - index / 100, style: 'dim' };
  const style: Style | undefined = isFailing(shown) ? 'red' : ready + completed < wanted ? 'yellow' : undefined;
  return { text: `${type} ${ready}/${wanted}`, importance: (style === undefined ? 60 : 75) - index / 100, style };
}

/** Rates add up; of the slowest answers the slowest is what somebody waits for. */
function traffic({ items }: Status): { readonly rate: number | undefined; readonly p99: number | undefined } {
  const rates = items.flatMap(({ requestsPerSecond }) => requestsPerSecond ?? []);
  const slowest = items.flatMap(({ p99 }) => p99 ?? []);
  return { rate: rates.length === 0 ? undefined : rates.reduce((sum, one) => sum + one, 0), p99: slowest.length === 0 ? undefined : Math.max(...slowest) };
}

export function head({ status, courses, baseDir }: Picture, { width, paint }: Area): string {
  if (status === undefined) {
    return segments(
      [
        { text: 'not running, waiting', importance: 100, style: 'yellow' },
        { text: plain(baseDir), importance: 50 },
      ],
      { width, paint },
    );
  }
  const { app, master, types } = status;
  const { rate: requests, p99 } = traffic(status);
  const bars = barsAt(width);
  return segments(
    [
      { text: plain(app.name), importance: 100, style: 'bold' },
      ...(master.state === 'running' ? [] : [{ text: master.state, importance: 95, style: 'yellow' as const }]),
      ...types.filter(({ type }) => type !== 'agent').map(typeSegment),
      ...some(sumOf(status, 'cpu'), value => ({ text: `cpu ${Math.round(value * 100)}% ${cpuBars(courses.total.cpu, bars)}`.trimEnd(), importance: 90 })),
      ...some(sumOf(status, 'memory'), value => ({ text: `mem ${size(value)} ${memoryBars(courses.total.memory, bars)}`.trimEnd(), importance: 85 })),
      ...some(requests, value => ({ text: `${rate(value)} req/s`, importance: 70 })),
      ...some(p99, value => ({ text: `p99 ${brief(value)}`, importance: 65 })),
      { text: `up ${span(master.uptime)}`, importance: 40 },
    ],
    { width, paint, gap: width >= 100 ? 3 : 2 },
  );
}

/** What an instance tells of itself, as types: why its event loop stands still, and its figures. */

/** One call of a stack. */
export interface StackFrame {
  readonly function: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The event loop of an instance stands still, or has; told by a thread beside it. Milliseconds. */
export interface HangReport {
  /** So long it had stood still when this was told. */
  readonly after: number;
  /** Innermost call first; empty while none could be taken. */
  readonly stack: readonly StackFrame[];
  /** What is known where the main thread runs no JavaScript that could be stopped for a look: a sentence. */
  readonly known?: string;
  /** HTTP requests under way at that time, the latest first: `GET /orders`. */
  readonly requests?: readonly string[];
  /** It turns again, after so long in all. */
  readonly ended?: number;
}

/** The most calls of a stack, and the most requests, that are told. */
export const MOST_FRAMES = 20;
export const MOST_REQUESTS = 5;

/**
 * The figures of one instance. All but `memory`, `inFlight`, `connections`, `webSockets`, `mail.queued` and `delay` are
 * counted from its start on, and only rise. Whole numbers: microseconds and bytes.
 */
export interface Sample {
  readonly cpu: number;
  readonly memory: { readonly rss: number; readonly heapUsed: number; readonly heapTotal: number };
  readonly loop: {
    /** Time that the event loop was at work. */
    readonly active: number;
    /** How late it was, since the sample before; absent in the first one. */
    readonly delay?: { readonly mean: number; readonly p99: number; readonly max: number };
  };
  readonly gc: { readonly runs: number; readonly time: number };
  readonly requests: RequestFigures;
  readonly connections: { readonly accepted: number; readonly open: number; readonly webSockets: number; readonly openWebSockets: number };
  /** Of a job: runs that did something, had nothing to do, failed. */
  readonly runs?: { readonly handled: number; readonly idle: number; readonly errors: number };
  readonly mail: { readonly sent: number; readonly received: number; readonly dropped: number; readonly queued: number };
  /** What the application measures by itself, with prom-client. */
  readonly guest: readonly GuestMetric[];
  /** Samples of it that were too large, or came too late. */
  readonly guestLost: number;
}

export interface RequestFigures {
  readonly inFlight: number;
  /** Answers by the class of their status: 1 to 5 for 1xx to 5xx; 0: the connection ended before the answer. */
  readonly http1: readonly number[];
  readonly http2: readonly number[];
  readonly latency: { readonly sum: number; /** By the bounds of lib/policy/latency.ts. */ readonly counts: readonly number[] };
}

/** Classes of a status, with the one for no answer. */
export const STATUS_CLASSES = 6;
/** Bounds of the latency, and one place for what is beyond them. */
export const LATENCY_PLACES = 62;

export const GUEST_TYPES = ['counter', 'gauge', 'histogram', 'summary'] as const;
/** How the values of several processes become one, in prom-client's words. */
export const AGGREGATORS = ['sum', 'average', 'first', 'min', 'max', 'omit'] as const;

/** A metric of prom-client, as plain data. */
export interface GuestMetric {
  readonly name: string;
  readonly help: string;
  readonly type: (typeof GUEST_TYPES)[number];
  readonly aggregator: (typeof AGGREGATORS)[number];
  readonly values: readonly GuestValue[];
}

export interface GuestValue {
  /** `x_bucket`, `x_sum`, `x_count` of a histogram, otherwise that of the metric. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The most that the metrics of an application in one process may have, as characters of JSON. */
export const MOST_GUEST = 64 * 1024;

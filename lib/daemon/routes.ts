/** What the control API has: one row for each method and path. openapi.json describes them, a test compares the two. */
import { BroodError } from '../errors.ts';
import { EXPOSITION_TYPE } from '../policy/exposition.ts';
import { livez, readyz } from '../policy/health.ts';
import type { Asked as AskedHealth, Condition, HealthAnswer } from '../policy/health.ts';
import { API_VERSION } from './api.ts';
import { askedIn } from './health.ts';
import type { Operations } from './operations.ts';
import type { UpgradeOrder } from './upgrade.ts';

/** A request, read and bounded. */
export interface Asked {
  /** The part of the path that a row leaves open. */
  readonly name: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Text of another kind than JSON. */
export interface Plain {
  readonly type: string;
  readonly text: string;
  readonly status?: number;
}

/** A stream of lines, each a JSON document; ended by `signal`. */
export interface Streamed {
  readonly type: 'application/x-ndjson' | 'text/event-stream';
  readonly items: AsyncIterable<unknown>;
}

export type Answer = { readonly json: unknown } | { readonly plain: Plain } | { readonly stream: Streamed };

export interface Route {
  readonly method: 'GET' | 'POST';
  /** `{name}` stands for one segment. */
  readonly path: string;
  readonly run: (asked: Asked, signal: AbortSignal) => Answer | Promise<Answer>;
}

/** What the rows need of the master. */
export interface Backstage {
  readonly operations: () => Operations;
  readonly status: () => Promise<unknown>;
  /** How the processes are, for /livez and /readyz. */
  readonly condition: () => Condition;
  /** In Prometheus' text format. */
  readonly metrics: () => Promise<string>;
  readonly inspect: (name: string) => Promise<unknown>;
  readonly upgrade: (order: UpgradeOrder) => Promise<unknown>;
  /** How everything is, as lines. */
  readonly dump: () => readonly string[];
  /** An order that nobody waits for has failed. */
  readonly failed: (error: unknown) => void;
  /** Lines of output; the words are those of its query. */
  readonly lines: (words: URLSearchParams, signal: AbortSignal) => Promise<AsyncIterable<unknown>>;
  readonly events: (kinds: readonly string[] | undefined, signal: AbortSignal) => AsyncIterable<unknown>;
}

const wrong = (reason: string): BroodError => new BroodError('BROOD_CONTROL_REQUEST', { reason });
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(one => typeof one === 'string');

/** The members of a request's body, each checked when it is read. */
class Body {
  readonly #body: Readonly<Record<string, unknown>>;

  constructor(body: Readonly<Record<string, unknown>>, known: readonly string[]) {
    const unknown = Object.keys(body).find(key => !known.includes(key));
    if (unknown !== undefined) throw wrong(`"${unknown}" is no member; there are: ${known.join(', ')}`);
    this.#body = body;
  }

  texts(key: string): readonly string[] | undefined {
    const value = this.#own(key);
    if (value === undefined || isTexts(value)) return value;
    throw wrong(`"${key}" must be a list of strings`);
  }

  text(key: string): string | undefined {
    const value = this.#own(key);
    if (value === undefined || (typeof value === 'string' && value !== '')) return value;
    throw wrong(`"${key}" must be a text`);
  }

  number(key: string): number | undefined {
    const value = this.#own(key);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < 2 ** 31) return value;
    throw wrong(`"${key}" must be a whole number of milliseconds`);
  }

  flag(key: string, fallback = false): boolean {
    const value = this.#own(key);
    if (value === undefined || typeof value === 'boolean') return value ?? fallback;
    throw wrong(`"${key}" must be true or false`);
  }

  record(key: string): Readonly<Record<string, string>> | undefined {
    const value = this.#own(key);
    if (value === undefined) return undefined;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(`"${key}" must be an object of strings`);
    const entries = Object.entries(value);
    if (entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) return Object.fromEntries(entries);
    throw wrong(`"${key}" must be an object of strings`);
  }

  #own(key: string): unknown {
    return Object.hasOwn(this.#body, key) ? this.#body[key] : undefined;
  }
}

/** The rows of what reads and changes instances. */
export function routesOf({ operations, condition, metrics, status, inspect, events, lines, failed, upgrade, dump }: Backstage): readonly Route[] {
  const health = (path: string, answer: (now: Condition, asked: AskedHealth) => HealthAnswer): Route => ({
    method: 'GET',
    path,
    run: ({ query }) => ({ plain: answer(condition(), askedIn(query)) }),
  });
  const change = (name: string, known: readonly string[], run: (body: Body) => Promise<unknown>): Route => ({
    method: 'POST',
    path: `/v1/${name}`,
    async run({ body: given }) {
      const body = new Body(given, [...known, 'wait']);
      // Before anything begins: what is refused has changed nothing.
      const waits = body.flag('wait', true);
      const work = run(body);
      if (waits) return { json: await work };
      // Whoever does not wait is not told; the master says in its log how it went.
      work.catch(failed);
      return { json: { apiVersion: API_VERSION, kind: 'Begun', what: name } };
    },
  });
  return [
    health('/livez', livez),
    health('/readyz', readyz),
    { method: 'GET', path: '/v1/metrics', run: async () => ({ plain: { type: EXPOSITION_TYPE, text: await metrics() } }) },
    { method: 'GET', path: '/v1/status', run: async () => ({ json: await status() }) },
    { method: 'GET', path: '/v1/instances/{name}', run: async ({ name }) => ({ json: await inspect(name) }) },
    {
      method: 'GET',
      path: '/v1/events',
      run: ({ query }, signal) => ({ stream: { type: 'text/event-stream', items: events(query.get('kinds')?.split(','), signal) } }),
    },
    {
      method: 'GET',
      path: '/v1/logs',
      run: async ({ query }, signal) => ({ stream: { type: 'application/x-ndjson', items: await lines(query, signal) } }),
    },
    change('reload', ['only', 'canaryTime', 'environment', 'timeout'], body =>
      operations().reload({
        only: body.texts('only'),
        canaryTime: body.number('canaryTime'),
        environment: body.record('environment'),
        timeout: body.number('timeout'),
      }),
    ),
    change('scale', ['formation', 'save', 'reset', 'timeout'], body =>
      operations().scale(body.texts('formation') ?? [], { save: body.flag('save'), reset: body.flag('reset'), timeout: body.number('timeout') }),
    ),
    change('stop', ['targets', 'now', 'timeout'], body => operations().stop(body.texts('targets'), { now: body.flag('now'), timeout: body.number('timeout') })),
    change('restart', ['targets', 'timeout'], body => operations().restart(body.texts('targets'), { timeout: body.number('timeout') })),
    change('start', ['targets', 'timeout'], body => operations().start(body.texts('targets') ?? [], { timeout: body.number('timeout') })),
    change('upgrade', ['node', 'timeout'], body => upgrade({ node: body.text('node'), timeout: body.number('timeout') })),
    { method: 'GET', path: '/v1/dump', run: () => ({ plain: { type: 'text/plain; charset=utf-8', text: `${dump().join('\n')}\n` } }) },
    change('reopen', [], () => operations().reopen()),
  ];
}

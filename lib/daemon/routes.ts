/** What the control API has: one row for each method and path. openapi.json describes them, a test compares the two. */
import { BroodError } from '../errors.ts';
import { EXPOSITION_TYPE } from '../policy/exposition.ts';
import { livez, readyz } from '../policy/health.ts';
import type { Asked as AskedHealth, Condition, HealthAnswer } from '../policy/health.ts';
import { API_VERSION } from './api.ts';
import type { AttachOrder } from './attach.ts';
import { EVENT_KINDS } from './event-bus.ts';
import { askedIn } from './health.ts';
import type { Operations } from './operations.ts';
import { RequestBody } from './request-body.ts';
import type { SignalOrder } from './send-signal.ts';
import type { UpgradeOrder } from './upgrade.ts';
import { ATTACH_PROTOCOL } from './wire.ts';
import type { Headers, Wire } from './wire.ts';

/** A request, read and bounded. */
export interface Asked {
  /** The part of the path that a row leaves open. */
  readonly name: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  /** Makes bytes both ways of the connection. Absent: the client has not asked for that. */
  readonly accept?: (headers: Headers) => Wire;
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

export type Answer = { readonly json: unknown } | { readonly plain: Plain } | { readonly stream: Streamed } | { readonly talk: Promise<void> };

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
  readonly signal: (order: SignalOrder) => unknown;
  /** Resolves when client or instance has gone; rejects where nothing has begun. */
  readonly attach: (order: AttachOrder) => Promise<void>;
  /** How everything is, as lines. */
  readonly dump: () => readonly string[];
  /** An order that nobody waits for has failed. */
  readonly failed: (error: unknown) => void;
  /** Lines of output; the words are those of its query. */
  readonly lines: (words: URLSearchParams, signal: AbortSignal) => Promise<AsyncIterable<unknown>>;
  readonly events: (kinds: readonly string[] | undefined, signal: AbortSignal) => AsyncIterable<unknown>;
}

/** A row of a change: it answers when it is done, with `"wait": false` as soon as it has begun. */
const changer =
  ({ failed }: Pick<Backstage, 'failed'>) =>
  (name: string, known: readonly string[], run: (body: RequestBody) => Promise<unknown>): Route => ({
    method: 'POST',
    path: `/v1/${name}`,
    async run({ body: given }) {
      const body = new RequestBody(given, [...known, 'wait']);
      // Before anything begins: what is refused has changed nothing.
      const waits = body.flag('wait', true);
      const work = run(body);
      if (waits) return { json: await work };
      // Whoever does not wait is not told; the master says in its log how it went.
      work.catch(failed);
      return { json: { apiVersion: API_VERSION, kind: 'Begun', what: name } };
    },
  });

/** @throws BROOD_CONTROL_REQUEST: who listens for what there is not would wait for ever */
function kindsIn(query: URLSearchParams): readonly string[] | undefined {
  const kinds = query.get('kinds')?.split(',');
  const unknown = kinds?.find(kind => !Object.hasOwn(EVENT_KINDS, kind));
  if (unknown === undefined) return kinds;
  throw new BroodError('BROOD_CONTROL_REQUEST', { reason: `"${unknown}" is no kind of event; there are: ${Object.keys(EVENT_KINDS).join(', ')}` });
}

function changesOf(backstage: Backstage): readonly Route[] {
  const { operations, upgrade, signal } = backstage;
  const change = changer(backstage);
  return [
    change('reload', ['only', 'canaryTime', 'environment', 'timeout', 'dryRun'], body => {
      const order = {
        only: body.texts('only'),
        canaryTime: body.number('canaryTime'),
        environment: body.record('environment'),
        timeout: body.number('timeout'),
      };
      if (!body.flag('dryRun')) return operations().reload(order);
      if (body.flag('wait', true)) return operations().preview(order);
      throw new BroodError('BROOD_CONTROL_REQUEST', { reason: '"wait": false leaves nothing of a "dryRun"' });
    }),
    change('scale', ['formation', 'save', 'reset', 'timeout'], body =>
      operations().scale(body.texts('formation') ?? [], { save: body.flag('save'), reset: body.flag('reset'), timeout: body.number('timeout') }),
    ),
    change('stop', ['targets', 'now', 'timeout'], body => operations().stop(body.texts('targets'), { now: body.flag('now'), timeout: body.number('timeout') })),
    change('restart', ['targets', 'timeout'], body => operations().restart(body.texts('targets'), { timeout: body.number('timeout') })),
    change('start', ['targets', 'timeout'], body => operations().start(body.texts('targets') ?? [], { timeout: body.number('timeout') })),
    change('upgrade', ['node', 'timeout'], body => upgrade({ node: body.text('node'), timeout: body.number('timeout') })),
    change('reopen', [], () => operations().reopen()),
    {
      method: 'POST',
      path: '/v1/signal',
      run({ body: given }) {
        const body = new RequestBody(given, ['signal', 'targets']);
        return { json: signal({ signal: body.needed('signal', body.text('signal')), targets: body.needed('targets', body.texts('targets')) }) };
      },
    },
  ];
}

/** The rows of what reads and changes instances. */
export function routesOf(backstage: Backstage): readonly Route[] {
  const { condition, metrics, status, inspect, attach, events, lines, dump } = backstage;
  const health = (path: string, answer: (now: Condition, asked: AskedHealth) => HealthAnswer): Route => ({
    method: 'GET',
    path,
    run: ({ query }) => ({ plain: answer(condition(), askedIn(query)) }),
  });
  return [
    health('/livez', livez),
    health('/readyz', readyz),
    { method: 'GET', path: '/v1/metrics', run: async () => ({ plain: { type: EXPOSITION_TYPE, text: await metrics() } }) },
    { method: 'GET', path: '/v1/status', run: async () => ({ json: await status() }) },
    { method: 'GET', path: '/v1/instances/{name}', run: async ({ name }) => ({ json: await inspect(name) }) },
    {
      method: 'GET',
      path: '/v1/instances/{name}/attach',
      run({ name, accept }, signal) {
        if (accept === undefined) throw new BroodError('BROOD_CONTROL_REQUEST', { reason: `it needs the header Upgrade: ${ATTACH_PROTOCOL}` });
        return { talk: attach({ target: name, accept, signal }) };
      },
    },
    {
      method: 'GET',
      path: '/v1/events',
      run: ({ query }, signal) => ({ stream: { type: 'text/event-stream', items: events(kindsIn(query), signal) } }),
    },
    {
      method: 'GET',
      path: '/v1/logs',
      run: async ({ query }, signal) => ({ stream: { type: 'application/x-ndjson', items: await lines(query, signal) } }),
    },
    { method: 'GET', path: '/v1/dump', run: () => ({ plain: { type: 'text/plain; charset=utf-8', text: `${dump().join('\n')}\n` } }) },
    ...changesOf(backstage),
  ];
}

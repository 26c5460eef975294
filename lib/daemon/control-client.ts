/** The other end of the control API: finds the master of a directory by its socket, and asks it. */
import http from 'node:http';
import type { IncomingMessage } from 'node:http';
import { BroodError } from '../errors.ts';
import type { Changed, ControlEvent, Inspection, Signalled, Status } from './api.ts';
import type { Preview } from './preview-document.ts';
import { candidates } from './places.ts';
import { isProblem, RemoteError } from './problem.ts';
import { ATTACH_PROTOCOL } from './wire.ts';
import type { Wire } from './wire.ts';
import type { SignalOrder } from './send-signal.ts';

/** Milliseconds until a master that does not even answer a reading request is given up. */
const PATIENCE = 10_000;

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Milliseconds; default: no limit. */
  readonly timeout?: number;
  readonly signal?: AbortSignal | undefined;
  /** Asks for bytes both ways. */
  readonly upgrade?: true;
}

/** `wire`: the master has made bytes both ways of the connection. */
type Heard = IncomingMessage & { readonly wire?: Wire };

export interface Attached {
  readonly wire: Wire;
  readonly name: string;
  readonly pid: number;
}

const codeOf = (error: unknown): unknown => Reflect.get(Object(error), 'code');

/** What an order takes beside its targets; milliseconds. */
export interface Orders {
  readonly reload: {
    only?: readonly string[] | undefined;
    canaryTime?: number | undefined;
    environment?: Readonly<Record<string, string>> | undefined;
    timeout?: number | undefined;
  };
  readonly scale: { formation: readonly string[]; save?: boolean | undefined; reset?: boolean | undefined; timeout?: number | undefined };
  readonly stop: { targets?: readonly string[] | undefined; now?: boolean | undefined; timeout?: number | undefined };
  readonly start: { targets: readonly string[]; timeout?: number | undefined };
  readonly restart: { targets?: readonly string[] | undefined; timeout?: number | undefined };
  readonly reopen: { timeout?: undefined };
  readonly upgrade: { node?: string | undefined; timeout?: number | undefined };
}

export class ControlClient {
  readonly #path: string;
  readonly #baseDir: string;

  private constructor(path: string, baseDir: string) {
    this.#path = path;
    this.#baseDir = baseDir;
  }

  /** The client of the master of `baseDir`; `undefined` when none runs: no socket, or nobody behind it. */
  static async find(baseDir: string): Promise<ControlClient | undefined> {
    for (const { socket } of candidates(baseDir)) {
      const client = new ControlClient(socket, baseDir);
      if (await client.#isHeard()) return client;
    }
    return undefined;
  }

  /** @throws BROOD_NOT_RUNNING; `directory` as the user has named it, for the remedy */
  static async of(baseDir: string, directory?: string): Promise<ControlClient> {
    const found = await ControlClient.find(baseDir);
    if (found === undefined) throw new BroodError('BROOD_NOT_RUNNING', { baseDir, directory: directory === undefined ? '' : ` ${directory}` });
    return found;
  }

  get socketPath(): string {
    return this.#path;
  }

  // What the master answers is what api.ts says: both are of one package.
  status(): Promise<Status> {
    return this.#json({ method: 'GET', path: '/v1/status', timeout: PATIENCE }) as Promise<Status>;
  }

  inspect(name: string): Promise<Inspection> {
    return this.#json({ method: 'GET', path: `/v1/instances/${encodeURIComponent(name)}`, timeout: PATIENCE }) as Promise<Inspection>;
  }

  /** Orders a change; resolves when it is done. */
  order<What extends keyof Orders>(what: What, body: Orders[What], signal?: AbortSignal): Promise<Changed> {
    return this.#json({ method: 'POST', path: `/v1/${what}`, body: { ...body }, signal }) as Promise<Changed>;
  }

  /** Orders a change; resolves when the master has begun with it. */
  async begin<What extends keyof Orders>(what: What, body: Orders[What]): Promise<void> {
    await this.#json({ method: 'POST', path: `/v1/${what}`, body: { ...body, wait: false }, timeout: PATIENCE });
  }

  /** What a reload would do. */
  preview(order: Orders['reload']): Promise<Preview> {
    return this.#json({ method: 'POST', path: '/v1/reload', body: { ...order, dryRun: true } }) as Promise<Preview>;
  }

  signal(order: SignalOrder): Promise<Signalled> {
    return this.#json({ method: 'POST', path: '/v1/signal', body: { ...order }, timeout: PATIENCE }) as Promise<Signalled>;
  }

  /** Any other row of the API, as text. */
  async text(path: string): Promise<string> {
    return this.#text({ method: 'GET', path, timeout: PATIENCE });
  }

  /** Documents of a stream of lines, until it ends or `signal` says so. @throws BROOD_MASTER_GONE when it is cut off */
  async *lines(path: string, signal?: AbortSignal): AsyncGenerator {
    const call: Call = { method: 'GET', path, signal };
    try {
      for await (const line of linesOf(await this.#ask(call))) if (line !== '') yield JSON.parse(line);
    } catch (error) {
      if (signal?.aborted !== true) throw this.#explain(error, call);
    }
  }

  /** What happens, until the master ends or `signal` says so. */
  async *events(kinds: readonly ControlEvent['kind'][], signal?: AbortSignal): AsyncGenerator<ControlEvent> {
    try {
      yield* await this.hear(kinds, signal);
    } catch (error) {
      if (signal?.aborted !== true) throw error;
    }
  }

  /** The same; resolves when the master listens for us: nothing that happens from then on is missing. */
  async hear(kinds: readonly ControlEvent['kind'][], signal?: AbortSignal): Promise<AsyncGenerator<ControlEvent>> {
    const response = await this.#ask({ method: 'GET', path: `/v1/events?kinds=${kinds.join(',')}`, signal });
    return eventsIn(response);
  }

  /** Standard input and output of an instance; to end the bytes to it is to leave. */
  async attach(name: string): Promise<Attached> {
    const call = { method: 'GET', path: `/v1/instances/${encodeURIComponent(name)}/attach`, upgrade: true, timeout: PATIENCE } as const;
    const { headers, wire } = await this.#ask(call);
    if (wire === undefined) throw new BroodError('BROOD_CONTROL_REQUEST', { reason: 'the master has not heard of attach; it may be an older one' });
    return { wire, name: String(headers['brood-instance']), pid: Number(headers['brood-pid']) };
  }

  async #isHeard(isFirst = true): Promise<boolean> {
    try {
      (await this.#open({ method: 'GET', path: '/livez', timeout: PATIENCE })).resume();
      return true;
    } catch (error) {
      // A master that dies right now has taken the connection and resets it; the next one it cannot take.
      if (isFirst && codeOf(error) === 'ECONNRESET') return this.#isHeard(false);
      // Nobody there; anything else is told by the first real request.
      return !['ENOENT', 'ECONNREFUSED', 'ENOTDIR'].includes(String(codeOf(error)));
    }
  }

  async #json(call: Call): Promise<unknown> {
    return JSON.parse(await this.#text(call));
  }

  async #text(call: Call): Promise<string> {
    const response = await this.#ask(call);
    return textOf(response).catch((error: unknown) => {
      throw this.#explain(error, call);
    });
  }

  async #ask(call: Call): Promise<Heard> {
    const response = await this.#open(call).catch((error: unknown) => {
      throw this.#explain(error, call);
    });
    if ((response.statusCode ?? 500) < 400) return response;
    const text = await textOf(response);
    const problem: unknown = text.startsWith('{') ? JSON.parse(text) : undefined;
    if (isProblem(problem)) throw new RemoteError(problem);
    throw new BroodError('BROOD_CONTROL_REQUEST', { reason: `the master answers ${response.statusCode}` });
  }

  #explain(error: unknown, { path, timeout }: Call): unknown {
    const code = String(codeOf(error));
    if (['ENOENT', 'ECONNREFUSED'].includes(code)) return new BroodError('BROOD_NOT_RUNNING', { baseDir: this.#baseDir, directory: '' });
    if (['ECONNRESET', 'EPIPE'].includes(code)) return new BroodError('BROOD_MASTER_GONE', { command: path.replace('/v1/', '').replace(/\?.*/, '') });
    if (code === 'ETIMEDOUT') return new BroodError('BROOD_NO_ANSWER', { baseDir: this.#baseDir, timeout });
    if (code === 'EACCES') return new BroodError('BROOD_CONTROL_SOCKET', { path: this.#path, reason: 'it belongs to another user' });
    return error;
  }

  #open({ method, path, body, timeout, signal, upgrade }: Call): Promise<Heard> {
    return new Promise((resolve, reject) => {
      const request = http.request({
        socketPath: this.#path,
        method,
        path,
        agent: false,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(upgrade ? { connection: 'Upgrade', upgrade: ATTACH_PROTOCOL } : {}),
        },
        ...(signal === undefined ? {} : { signal }),
      });
      request.once('response', resolve).once('error', reject);
      request.once('upgrade', (response, socket, head) => {
        // The patience was for the answer.
        socket.setTimeout(0);
        if (head.length > 0) socket.unshift(head);
        resolve(Object.assign(response, { wire: socket }));
      });
      if (timeout !== undefined) request.setTimeout(timeout, () => request.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return text;
}

/** The master writes one event a line. */
async function* eventsIn(response: IncomingMessage): AsyncGenerator<ControlEvent> {
  try {
    for await (const line of linesOf(response)) if (line.startsWith('data: ')) yield JSON.parse(line.slice(6)) as ControlEvent;
  } catch (error) {
    // The end of the master, or of our own interest.
    if (!['ECONNRESET', 'ABORT_ERR'].includes(String(codeOf(error)))) throw error;
  }
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  response.setEncoding('utf8');
  let rest = '';
  for await (const chunk of response) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

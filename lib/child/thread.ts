/** Child kind `thread`: a Node.js module in a thread of the one process that hosts them all. */
import { fork, type ChildProcess } from 'node:child_process';
import { type ToChild } from '../protocol.ts';
import { isOurs, readFromChild } from '../protocol-guards.ts';
import { readFromHost, type FromHost, type ToHost } from '../thread-protocol.ts';
import { trace } from '../trace.ts';
import type { Child, MarkedOrder, Output, OutputChoice, Report, RestOfEnd } from './child.ts';
import { environmentOf, inherited } from './environment.ts';
import { guardChannel } from './guard.ts';
import { eventOf, hearEnd, plainSender } from './ipc.ts';
import { launchOf, nodeLaunch } from './native/launch.ts';
import { endMarked, MARK_VARIABLE } from './orphans.ts';

const debug = trace('brood:child');

type ThreadStart = Extract<MarkedOrder['spec']['start'], { kind: 'thread' }>;
type Ended = Extract<FromHost, { kind: 'ended' }>;

/** One thread that has not ended. */
interface Thread {
  readonly report: Report;
  readonly mark: string;
  /** It was to be terminated once, and is still there: the process itself is in the way. */
  terminating: boolean;
}

class Host {
  readonly process: ChildProcess;
  readonly threads = new Map<number, Thread>();
  readonly mark: string;
  readonly sendPlain: (message: unknown) => boolean;
  readonly #ended: Promise<RestOfEnd>;
  readonly #retire: (host: Host) => void;

  /** `retire` is called when it takes no further threads. */
  constructor({ host, execArgv, inspect }: ThreadStart, { spec, output, mark }: MarkedOrder, retire: (host: Host) => void) {
    this.#retire = retire;
    this.mark = mark;
    const launch = launchOf(spec, 0);
    // All threads are seen through the one inspector.
    const flags = [...execArgv, ...(inspect === undefined ? [] : [`--inspect=127.0.0.1:${inspect + 1}`])];
    this.process = fork(host, [], {
      cwd: spec.cwd,
      env: { ...inherited(launch.env), ...spec.env, [MARK_VARIABLE]: mark },
      ...nodeLaunch(launch, spec, flags),
      ...launch.ids,
      silent: true,
      serialization: 'json',
    });
    this.sendPlain = plainSender(this.process);
    this.#ended = new Promise(resolve => {
      hearEnd(
        this.process,
        { mark },
        event => {
          if (event.type !== 'exit') return;
          retire(this);
          const threads = [...this.threads.values()];
          this.threads.clear();
          for (const { report, mark: own } of threads) {
            report(event);
            void endMarked(own);
          }
          resolve(event.rest ?? { lastLines: event.lastLines });
        },
        output,
      );
    });
    if (this.process.pid === undefined) return;
    guardChannel(
      this.process,
      (what, fatal) => this.#violated(what, fatal),
      () => {},
    );
    this.process.on('message', message => this.#hear(message));
  }

  tell(message: ToHost, handle?: unknown): boolean {
    if (!this.process.connected) return false;
    // Proven by the callers: a handle of node:net, which is what may go along.
    this.process.send(message, handle as never, error => error !== null && debug('host %s: %s', this.process.pid, error));
    return true;
  }

  kill(id: number): void {
    const thread = this.threads.get(id);
    if (thread === undefined) return;
    if (thread.terminating || !this.tell({ kind: 'terminate', id })) this.process.kill('SIGKILL');
    thread.terminating = true;
  }

  #violated(what: string, fatal: boolean): void {
    for (const { report } of this.threads.values()) report({ type: 'violation', what, fatal });
    if (fatal) this.process.kill('SIGKILL');
  }

  #hear(message: unknown): void {
    const heard = readFromHost(message);
    if (heard === undefined) return this.#violated('a malformed message of the host of the threads', false);
    const thread = this.threads.get(heard.id);
    if (thread === undefined) return;
    if (heard.kind === 'ended') return this.#threadEnded(thread, heard);
    if (!isOurs(heard.message)) return thread.report({ type: 'plain', message: heard.message });
    const ours = readFromChild(heard.message);
    thread.report(ours === undefined ? { type: 'violation', what: 'a malformed message of ours', fatal: false } : eventOf(ours));
  }

  #threadEnded({ report, mark }: Thread, { id, code, terminated, outOfMemory, lastLines, error }: Ended): void {
    this.threads.delete(id);
    report({
      type: 'exit',
      code: terminated ? null : code,
      signal: terminated ? 'SIGKILL' : null,
      lastLines,
      ...(outOfMemory ? { cause: 'out-of-memory' } : {}),
      ...(error === undefined ? {} : { error }),
      rest: this.#leftBy(lastLines, mark),
    });
  }

  /** With the last thread its host goes; in this very turn the rule may have started another one. */
  async #leftBy(lastLines: readonly string[], mark: string): Promise<RestOfEnd> {
    await new Promise(resolve => setImmediate(resolve));
    await endMarked(mark);
    if (this.threads.size > 0) return { lastLines };
    this.#retire(this);
    if (this.process.connected) this.process.disconnect();
    await this.#ended;
    return { lastLines };
  }
}

/** Starts threads, all of one supervisor in one process: their numbers are that supervisor's. */
export function threadStarter(output?: OutputChoice): (order: MarkedOrder, report: Report) => Child {
  /** The host that takes further threads. */
  let current: Host | undefined;
  const retire = (host: Host): void => {
    if (current === host) current = undefined;
  };
  const outputOf = (type: string): Output | undefined => (typeof output === 'function' ? output({ type, slot: 0, id: 0, shared: true }) : output);
  return (order, report) => {
    const { start } = order.spec;
    if (start.kind !== 'thread') throw new TypeError(`a ${start.kind} is no thread`);
    current ??= new Host(start, { ...order, output: outputOf(order.spec.type) }, retire);
    return startIn(current, start.module, order, report);
  };
}

function startIn(host: Host, module: string, order: MarkedOrder, report: Report): Child {
  const { id } = order;
  // What a thread leaves behind is known by it and by its process.
  const mark = `${host.mark}${id}.`;
  host.threads.set(id, { report, mark, terminating: false });
  // By this variable node:cluster in the thread is that of a worker, and asks for its sockets as one.
  const env = { ...environmentOf(order, mark, {}), NODE_UNIQUE_ID: String(id) };
  host.tell({ kind: 'start', id, module, env });
  const say = (message: unknown, handle?: unknown): boolean => host.threads.has(id) && host.tell({ kind: 'say', id, message }, handle);
  const send = (message: ToChild, handle?: unknown): boolean => say({ brood: message }, handle);
  return {
    pid: host.process.pid ?? 0,
    mark: host.mark,
    serve: slot => void send({ kind: 'serve', slot }),
    ask: (quick, reason) => void send({ kind: 'stop', quick, reason }),
    kill: () => host.kill(id),
    ping: () => send({ kind: 'ping' }),
    send,
    sendPlain: message => host.threads.has(id) && host.sendPlain({ kind: 'say', id, message } satisfies ToHost),
  };
}

/** Answers the master's probes: by the hooks of the application, or by a look at a server of this process. */
import type { ProbeName } from '../care.ts';
import type { OwnCheck, ToChild } from '../protocol.ts';
import type { ProbeResult } from '../policy/probe.ts';
import { anyListens, askOwn, ownServer } from './own-request.ts';
import { tell } from './parent.ts';
import type { ProbeHook, ProbeHooks } from './probe-hooks.ts';

/** So much of a reason is told. */
const MOST_DETAIL = 512;

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, MOST_DETAIL);

async function ask(hooks: readonly ProbeHook[]): Promise<ProbeResult> {
  const answers = await Promise.all(hooks.map(async hook => hook()));
  if (answers.includes(false)) return { ok: false, detail: 'a hook of the application says no' };
  return { ok: true, detail: hooks.length === 0 ? 'it answers' : 'every hook says yes' };
}

/** Another process, or what is no server of node:net in this one. */
function connects(host: string, port: number, timeout: number): Promise<ProbeResult> {
  const { connect } = process.getBuiltinModule('node:net');
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout });
    socket.on('connect', () => {
      resolve({ ok: true, detail: 'connected' });
      socket.destroy();
    });
    socket.on('timeout', () => socket.destroy(new Error('no answer')));
    socket.on('error', reject);
  });
}

const LISTENS: ProbeResult = { ok: true, detail: 'it listens' };

function look(check: OwnCheck, timeout: number, hooks: readonly ProbeHook[]): Promise<ProbeResult> {
  if (check.kind === 'message') return ask(hooks);
  if (check.kind === 'tcp' && check.port === undefined)
    return Promise.resolve(anyListens() ? LISTENS : { ok: false, detail: 'no server of this process listens' });
  const server = ownServer(check.port);
  if (check.kind === 'tcp') return server === undefined && check.port !== undefined ? connects(check.host, check.port, timeout) : Promise.resolve(LISTENS);
  if (server !== undefined) return askOwn(server, check);
  const where = check.port === undefined ? 'speaks HTTP' : `listens on port ${check.port}`;
  return Promise.resolve({ ok: false, detail: `no server of this process ${where}` });
}

export class Probes {
  readonly #hooks: () => ProbeHooks | undefined;
  /** Answers that are not there yet. */
  readonly #running = new Map<ProbeName, Promise<ProbeResult>>();

  /** `hooks`: `undefined` until there is an application, or where there is none. */
  constructor(hooks: () => ProbeHooks | undefined) {
    this.#hooks = hooks;
  }

  /** False for a message that is no probe. */
  hear(message: ToChild): boolean {
    if (message.kind !== 'probe') return false;
    const { seq, which, check, timeout } = message;
    // A hook that hangs is not called again; who asks meanwhile gets its answer.
    const running = this.#running.get(which) ?? this.#begin(which, check, timeout);
    void running.then(({ ok, detail }) => tell({ kind: 'probed', seq, ok, detail: detail.slice(0, MOST_DETAIL) }));
    return true;
  }

  #begin(which: ProbeName, check: OwnCheck, timeout: number): Promise<ProbeResult> {
    const { readiness = [], liveness = [] } = this.#hooks() ?? {};
    const running = this.#look(check, timeout, which === 'liveness' ? liveness : readiness).finally(() => this.#running.delete(which));
    this.#running.set(which, running);
    return running;
  }

  async #look(check: OwnCheck, timeout: number, hooks: readonly ProbeHook[]): Promise<ProbeResult> {
    try {
      return await look(check, timeout, hooks);
    } catch (error) {
      return { ok: false, detail: textOf(error) };
    }
  }
}

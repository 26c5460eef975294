/** Looks at a process from outside: by HTTP, by a connection, by a command. */
import { spawn } from 'node:child_process';
import type { ProbeCheck } from '../care.ts';
import type { ProcessSpec } from '../model.ts';
import type { ProbeResult } from '../policy/probe.ts';
import { probedPort } from '../policy/slot-port.ts';
import { inherited } from './environment.ts';
import { launchOf } from './native/launch.ts';

export interface CheckOrder {
  readonly check: Exclude<ProbeCheck, { readonly kind: 'message' }>;
  /** Of the process that is looked at. */
  readonly spec: ProcessSpec;
  readonly slot: number;
  readonly pid: number;
  /** Its own port, where it has one. */
  readonly port?: number | undefined;
  /** Milliseconds. */
  readonly timeout: number;
}

/** Looks once, and answers at most once; the result takes it back, and ends what it has begun. */
export type RunCheck = (order: CheckOrder, answered: (result: ProbeResult) => void) => () => void;

/** So much of what a command writes is told. */
const MOST_DETAIL = 256;

const fail = (detail: string): ProbeResult => ({ ok: false, detail: detail.slice(0, MOST_DETAIL) });
const NO_PORT = 'no port is known to ask at';
const lasting = (error: Error): ProbeResult => fail('code' in error && typeof error.code === 'string' ? error.code : error.message);

type Of<Kind extends ProbeCheck['kind']> = Extract<ProbeCheck, { readonly kind: Kind }>;

function byHttp(
  { scheme, host, port, path, headers }: Of<'http'>,
  { spec, port: own, timeout }: CheckOrder,
  answered: (result: ProbeResult) => void,
): () => void {
  const to = probedPort(spec, own, port);
  if (to === undefined) {
    answered(fail(NO_PORT));
    return () => {};
  }
  // Who has no such probe needs no client.
  const { request } = process.getBuiltinModule(scheme === 'HTTPS' ? 'node:https' : 'node:http');
  const asked = request({
    host,
    port: to,
    path,
    headers: { 'user-agent': 'brood-probe', ...Object.fromEntries(headers.map(({ name, value }) => [name, value])) },
    agent: false,
    timeout,
    // As Kubernetes does: the certificate is for those who come by its name.
    rejectUnauthorized: false,
  });
  asked.on('response', response => {
    const { statusCode = 0 } = response;
    answered({ ok: statusCode >= 200 && statusCode < 400, detail: `HTTP ${statusCode}` });
    asked.destroy();
  });
  asked.on('error', error => answered(lasting(error)));
  asked.end();
  return () => void asked.destroy();
}

function byTcp({ host, port }: Of<'tcp'>, { spec, port: own }: CheckOrder, answered: (result: ProbeResult) => void): () => void {
  const to = probedPort(spec, own, port);
  if (to === undefined) {
    answered(fail(NO_PORT));
    return () => {};
  }
  const { connect } = process.getBuiltinModule('node:net');
  const socket = connect({ host, port: to });
  socket.on('connect', () => {
    answered({ ok: true, detail: 'connected' });
    socket.destroy();
  });
  socket.on('error', error => answered(lasting(error)));
  return () => void socket.destroy();
}

/** As the user of the process, and where that runs; what it leaves behind ends with it. */
function byCommand({ command }: Of<'exec'>, { spec, slot, pid, port }: CheckOrder, answered: (result: ProbeResult) => void): () => void {
  const launch = launchOf(spec, slot);
  const words = typeof command === 'string' ? ['/bin/sh', '-c', command] : command;
  const [file = '', ...args] = [...launch.words, ...words];
  const env = {
    ...inherited(launch.env),
    ...spec.env,
    BROOD_PID: String(pid),
    BROOD_SLOT: String(slot),
    ...(port === undefined ? {} : { PORT: String(port) }),
  };
  const child = spawn(file, args, { cwd: spec.cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'], ...launch.ids });
  let said = '';
  const keep = (chunk: Buffer): void => {
    if (said.length < MOST_DETAIL) said += chunk.toString();
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const end = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // ESRCH: nobody of its group is left.
    }
  };
  child.on('error', error => answered(lasting(error)));
  child.on('exit', (code, signal) => {
    const text = said.trim().replaceAll(/\s+/g, ' ');
    answered(code === 0 ? { ok: true, detail: 'exit code 0' } : fail(`${signal ?? `exit code ${code ?? 'unknown'}`}${text === '' ? '' : `: ${text}`}`));
    end();
  });
  return end;
}

export const runCheck: RunCheck = (order, answered) => {
  const { check } = order;
  try {
    if (check.kind === 'http') return byHttp(check, order, answered);
    return check.kind === 'tcp' ? byTcp(check, order, answered) : byCommand(check, order, answered);
  } catch (error) {
    // A header that cannot be sent, or a process that cannot be started.
    answered(lasting(error instanceof Error ? error : new Error(String(error))));
    return () => {};
  }
};

/** Child kind `command`: a shell line in a process group of its own, stopped and killed as a group. */
import { spawn } from 'node:child_process';
import type { ProcessSpec } from '../model.ts';
import type { Child, MarkedOrder, Report } from './child.ts';
import { conversationOf } from './conversation.ts';
import { inherited } from './environment.ts';
import { launchOf } from './native/launch.ts';
import { heapFlags } from './native/limit-flags.ts';
import { MARK_VARIABLE } from './orphans.ts';
import { hearEnd } from './ipc.ts';
import { ProcessGroup } from './process-group.ts';
import { awaitLine } from './ready-line.ts';
import { noSuchProcess, signalGroup } from './signal-group.ts';

const SHELL = '/bin/sh';

/** A command may be Node.js, which reads its flags here too. */
function withHeap(env: Record<string, string | undefined>, { limits = {} }: ProcessSpec): Record<string, string | undefined> {
  const given = env['NODE_OPTIONS'] ?? '';
  const flags = heapFlags(limits, given.split(/\s+/));
  return flags.length === 0 ? env : { ...env, NODE_OPTIONS: [given, ...flags].join(' ').trim() };
}

export function startCommand({ spec, slot, port, output, mark }: MarkedOrder, report: Report): Child {
  if (spec.start.kind !== 'command') throw new TypeError(`a ${spec.start.kind} is no command`);
  const launch = launchOf(spec, slot);
  const { line, signal: stop = 'SIGTERM', socket, stdin = false } = spec.start;
  const name = `${spec.type}.${slot}`;
  const own = { PS: name, BROOD_TYPE: spec.type, BROOD_SLOT: String(slot), ...(port === undefined ? {} : { PORT: String(port) }) };
  const handed = socket === undefined ? {} : { LISTEN_FDS: '1', LISTEN_FDNAMES: spec.type };
  const env = { ...withHeap({ ...inherited(launch.env), ...spec.env, ...own, ...handed }, spec), [MARK_VARIABLE]: mark };
  const [file, ...args] = [...launch.words, SHELL, '-c', line] as const;
  const child = spawn(file, args, {
    cwd: spec.cwd,
    env,
    detached: true,
    stdio: [stdin ? 'pipe' : 'ignore', 'pipe', 'pipe', ...(socket === undefined ? [] : [socket])],
    ...launch.ids,
  });
  const group = new ProcessGroup(child);
  const conversation = conversationOf(child, hearEnd(child, { mark, others: group }, report, output));
  if (typeof spec.ready === 'object') awaitLine([child.stdout, child.stderr], spec.ready.line, () => report({ type: 'ready' }));
  return {
    pid: child.pid ?? 0,
    group: true,
    mark,
    ...(conversation === undefined ? {} : { conversation }),
    serve: () => {},
    // Whoever is in a hurry has asked before: a shell line has no quicker way to end.
    ask: quick => group.signal(quick ? 'SIGKILL' : stop),
    kill: () => group.signal('SIGKILL'),
    ping: () => false,
    send: () => false,
    sendPlain: () => false,
    signal(wanted, table) {
      if (child.pid === undefined) throw noSuchProcess();
      signalGroup({ leader: child.pid, mark, isReaped: child.exitCode !== null || child.signalCode !== null }, wanted, table);
    },
  };
}

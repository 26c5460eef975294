/**
 * Sees to it that nothing outlives a killed master. Children notice the end of their channel and go by themselves,
 * except those that cannot: in an endless loop, stopped, or deaf. A shell of a few hundred kilobytes holds the other
 * end of a pipe of ours; when we vanish it reads the end of file, waits a second, and kills whoever has not
 * begun to leave. A child that has begun shows it by its name (LEAVING_NAME), which everybody can read in /proc.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { LEAVING_NAME } from '../protocol.ts';

const SCRIPT = `
trap '' INT TERM HUP QUIT PIPE
all=''
while read -r op pid start kind; do
  rest=''
  for one in $all; do case $one in "$pid":*) ;; *) rest="$rest $one" ;; esac; done
  all=$rest
  case $op in +) all="$all $pid:$start:$kind" ;; bye) exit 0 ;; esac
done
same() {
  { read -r line < "/proc/$1/stat"; } 2>/dev/null || return 1
  was=$2
  set -- \${line##*) }
  [ "$1" = Z ] && return 1
  shift 19
  [ "$1" = "$was" ]
}
leaving() {
  name=''
  { read -r name < "/proc/$1/comm"; } 2>/dev/null
  [ "$name" = ${LEAVING_NAME} ]
}
each() {
  for one in $all; do
    pid=\${one%%:*}; rest=\${one#*:}; start=\${rest%%:*}; kind=\${rest#*:}
    same "$pid" "$start" || continue
    target=$pid; [ "$kind" = group ] && target=-$pid
    "$1"
  done
}
ask() { [ "$kind" = group ] && kill -TERM "$target" 2>/dev/null; }
sweep() { left=1; leaving "$pid" || kill -KILL "$target" 2>/dev/null; }
finish() { kill -KILL "$target" 2>/dev/null; }
each ask
seconds=0
left=1
while [ $left = 1 ] && [ $seconds -lt $BROOD_GRACE ]; do
  sleep 1
  seconds=$((seconds + 1))
  left=0
  each sweep
done
each finish
`;

/** The start time of a process, which with the pid names it for good; `undefined` where there is no /proc. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

export class Sentinel {
  readonly #shell: ChildProcess | undefined;

  /** `grace`: milliseconds that a child that has begun to leave may take. Does nothing where there is no /proc or no shell. */
  constructor(grace: number) {
    if (!existsSync('/proc/self/stat') || !existsSync('/bin/sh')) return;
    // By the environment: as an argument the whole script would stand in every listing of processes.
    const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', BROOD_SENTINEL: SCRIPT, BROOD_GRACE: String(Math.max(2, Math.ceil(grace / 1000))) };
    const shell = spawn('/bin/sh', ['-c', 'eval "$BROOD_SENTINEL"'], {
      argv0: 'brood: sentinel',
      cwd: '/',
      env,
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // Without it a killed master leaves deaf children behind; that is no reason to end a living one.
    shell.on('error', () => {});
    shell.stdin.on('error', () => {});
    shell.unref();
    if ('unref' in shell.stdin && typeof shell.stdin.unref === 'function') shell.stdin.unref();
    this.#shell = shell;
  }

  get pid(): number | undefined {
    return this.#shell?.pid;
  }

  watch(pid: number, kind: 'process' | 'group'): void {
    const start = startTimeOf(pid);
    if (start !== undefined) this.#say(`+ ${pid} ${start} ${kind}`);
  }

  forget(pid: number): void {
    this.#say(`- ${pid}`);
  }

  /** Ends it; everything it watched has ended. */
  async close(): Promise<void> {
    const shell = this.#shell;
    if (shell === undefined || shell.exitCode !== null || shell.signalCode !== null || shell.pid === undefined) return;
    const ended = new Promise(resolve => shell.once('exit', resolve));
    shell.ref();
    this.#say('bye');
    await ended;
  }

  #say(line: string): void {
    this.#shell?.stdin?.write(`${line}\n`);
  }
}

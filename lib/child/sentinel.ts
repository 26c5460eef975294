/**
 * Sees to it that nothing outlives a killed master. Children notice the end of their channel and go by themselves,
 * except those that cannot: in an endless loop, stopped, or deaf. A shell of a few hundred kilobytes holds the other
 * end of a pipe of ours; when we vanish it reads the end of file, waits a second, and kills whoever has not
 * begun to leave. A child that has begun shows it by its name (LEAVING_NAME), which everybody can read in /proc.
 *
 * What has no channel (`asks`) is told by SIGTERM, each process once: a second one means "at once" to many. Who carries the mark is found
 * by it; of those that are watched also who has none that can be read, by its pid or its group: it was started without the variable, or
 * has written over it. The members of a group are watched each by itself from then on, for their leader may end before them. Each second all are looked for again: what a fork has made in between is told then, and between fork and exec
 * of the command itself there is no mark yet, so that one look is not enough. After the grace those that are left are killed, in so
 * many passes that what they fork meanwhile does not escape.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { LEAVING_NAME } from '../protocol.ts';
import { MARK_VARIABLE } from './orphans.ts';
import { startTimeOf } from './whole-name.ts';

/** As in orphans.ts: more of them are a fork bomb. */
const MOST_LOOKS = 10;

const SCRIPT = `
trap '' INT TERM HUP QUIT PIPE
all=''
while read -r op pid start kind mark; do
  rest=''
  for one in $all; do case $one in "$pid":*) ;; *) rest="$rest $one" ;; esac; done
  all=$rest
  case $op in +) all="$all $pid:$start:$kind:$mark" ;; bye) exit 0 ;; esac
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
    pid=\${one%%:*}; rest=\${one#*:}; start=\${rest%%:*}; rest=\${rest#*:}; kind=\${rest%%:*}; mark=\${rest#*:}
    same "$pid" "$start" || continue
    target=$pid; [ "$kind" = group ] && target=-$pid
    "$1"
  done
}
strays() {
  for file in $(grep -lsF "$BROOD_MARK=$BROOD_RUN" /proc/[0-9]*/environ 2>/dev/null); do
    spared=''
    for mark in $spare; do grep -qsF "$BROOD_MARK=$mark" "$file" && spared=1; done
    [ -n "$spared" ] && continue
    pid=\${file#/proc/}
    "$1" "\${pid%/environ}"
  done
}
destroy() { left=1; kill -KILL "$1" 2>/dev/null; }
tell() {
  left=1
  case "$told " in *" $1 "*) return ;; esac
  told="$told $1"
  kill -TERM "$1" 2>/dev/null
}
tell_watched() {
  tell "$pid"
  [ "$kind" = group ] || return
  for file in /proc/[0-9]*/stat; do
    { read -r line < "$file"; } 2>/dev/null || continue
    set -- \${line##*) }
    [ "$3" = "$pid" ] && [ "$1" != Z ] || continue
    member=\${file#/proc/}
    member=\${member%/stat}
    tell "$member"
    case "$all " in *" $member:"*) ;; *) all="$all $member:\${20}:process:$mark" ;; esac
  done
}
ask() { [ "$kind" = group ] && kill -TERM "$target" 2>/dev/null; }
sweep() {
  left=1
  if leaving "$pid"; then spare="$spare $mark"; else kill -KILL "$target" 2>/dev/null; fi
}
finish() { kill -KILL "$target" 2>/dev/null; }
seconds=0
told=''
spare=''
while [ "$BROOD_ASKS" = 1 ]; do
  left=0
  each tell_watched
  strays tell
  [ $left = 0 ] && [ $seconds -gt 0 ] && exit 0
  [ $seconds -ge $BROOD_GRACE ] && break
  sleep 1
  seconds=$((seconds + 1))
done
[ "$BROOD_ASKS" = 1 ] || each ask
left=1
while [ $left = 1 ] && [ $seconds -lt $BROOD_GRACE ]; do
  sleep 1
  seconds=$((seconds + 1))
  left=0
  spare=''
  each sweep
  watched=$left
  strays destroy
  left=$watched
done
each finish
spare=''
looks=0
left=1
while [ $left = 1 ] && [ $looks -lt ${MOST_LOOKS} ]; do
  left=0
  strays destroy
  looks=$((looks + 1))
done
`;

/** A shell that has lived for less is not started again so often: something kills it. */
const SHORT_LIFE = 1000;
const MOST_SHORT_LIVES = 5;

/** One process, or the group that it leads, as the shell is told. */
interface Watched {
  readonly start: string;
  readonly kind: 'process' | 'group';
  readonly mark: string;
}

export interface Watching {
  /** Milliseconds that a child that has begun to leave may take. */
  readonly grace: number;
  /** The beginning of the marks of their descendants (orphans.ts). */
  readonly run: string;
  /** All of them are asked to end, by SIGTERM, before they are killed: they have no channel whose end they could hear; and then `grace` is theirs. Default: groups alone are, and have a second. */
  readonly asks?: boolean;
}

export class Sentinel {
  readonly #watching: Watching;
  readonly #watched = new Map<number, Watched>();
  #shell: ChildProcess | undefined;
  #shortLives = 0;
  #closed = false;

  /** Does nothing where there is no /proc or no shell. */
  constructor(watching: Watching) {
    this.#watching = watching;
    if (existsSync('/proc/self/stat') && existsSync('/bin/sh')) this.#start();
  }

  get pid(): number | undefined {
    return this.#shell?.pid;
  }

  watch(pid: number, kind: 'process' | 'group', mark = this.#watching.run): void {
    const start = startTimeOf(pid);
    if (start === undefined) return;
    this.#watched.set(pid, { start, kind, mark });
    this.#say(pid);
  }

  forget(pid: number): void {
    this.#watched.delete(pid);
    this.#write(`- ${pid}`);
  }

  /** Ends it; everything it watched has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    const shell = this.#shell;
    if (shell === undefined || shell.exitCode !== null || shell.signalCode !== null || shell.pid === undefined) return;
    const ended = new Promise(resolve => shell.once('exit', resolve));
    shell.ref();
    this.#write('bye');
    await ended;
  }

  #start(): void {
    const { grace, run, asks = false } = this.#watching;
    const seconds = Math.max(2, Math.ceil(grace / 1000));
    // By the environment: as an argument the whole script would stand in every listing of processes.
    const env = {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      BROOD_SENTINEL: SCRIPT,
      BROOD_GRACE: String(seconds),
      BROOD_MARK: MARK_VARIABLE,
      BROOD_RUN: run,
      BROOD_ASKS: asks ? '1' : '0',
    };
    const shell = spawn('/bin/sh', ['-c', 'eval "$BROOD_SENTINEL"'], {
      argv0: 'brood: sentinel',
      cwd: '/',
      env,
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const began = Date.now();
    // Without it a killed master leaves deaf children behind; that is no reason to end a living one.
    shell.on('error', () => {});
    shell.stdin.on('error', () => {});
    shell.on('exit', () => this.#ended(Date.now() - began));
    shell.unref();
    if ('unref' in shell.stdin && typeof shell.stdin.unref === 'function') shell.stdin.unref();
    this.#shell = shell;
    for (const pid of this.#watched.keys()) this.#say(pid);
  }

  /** Somebody has killed it: whoever kills this process next shall find another one. */
  #ended(lifetime: number): void {
    this.#shell = undefined;
    if (lifetime < SHORT_LIFE) this.#shortLives++;
    if (!this.#closed && this.#shortLives < MOST_SHORT_LIVES) this.#start();
  }

  #say(pid: number): void {
    const watched = this.#watched.get(pid);
    if (watched !== undefined) this.#write(`+ ${pid} ${watched.start} ${watched.kind} ${watched.mark}`);
  }

  #write(line: string): void {
    this.#shell?.stdin?.write(`${line}\n`);
  }
}

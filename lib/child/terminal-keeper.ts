/**
 * Gives the terminal back when this process is killed. A shell with jobs (`brood run bash`) puts the group of its job, and then its own, into
 * the foreground. Who has called us takes the terminal as soon as we are dead, but the orphaned shell takes it again when its job ends:
 * then reading fails for the caller, and an interactive shell ends of that.
 *
 * Only a process of the terminal's own session may say who is in the foreground, which the sentinel is not: it has a session of its own.
 * So another small shell, in our process group, reads a pipe of ours. After the end of file it leaves that group, for an orphaned shell
 * that ends gives the terminal to it as long as it has a member; and it looks at the foreground until the sentinel has ended everybody.
 * Who descends from our callers may be there. Who does not is an orphan that we have left, or nobody at all: then the nearest caller
 * who lives is put there. A shell that loses its terminal so, without a parent, is hung up, as the kernel would: it ignores SIGTERM, and
 * zsh takes the terminal again to read from it. SIGTTOU is ignored, for who is in the background changes the foreground.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { terminalGiver } from './native/terminal-giver.ts';
import { statOf } from './whole-name.ts';

const DEAF = "trap '' INT TERM HUP QUIT PIPE TSTP TTIN TTOU";

const WAITS = `
${DEAF}
while read -r word; do [ "$word" = bye ] && exit 0; done
eval "$BROOD_APART"
`;

const KEEPS = `
${DEAF}
look() {
  { read -r line < "/proc/$1/stat"; } 2>/dev/null || return 1
  set -- \${line##*) }
  parent=$2; group=$3; session=$4; foreground=$6; start=\${20}
  [ "$1" != Z ]
}
same() { look "\${1%:*}" && [ "$start" = "\${1#*:}" ]; }
callers() {
  BROOD_GROUP=''
  for one in $BROOD_CALLERS; do
    same "$one" || continue
    : "\${BROOD_GROUP:=$group}"
    farthest=\${one%:*}
    shown=$foreground
  done
  [ -n "$BROOD_GROUP" ] && [ "$shown" -ge 0 ]
}
descends() {
  above=$1
  while [ "$above" -gt 1 ]; do
    [ "$above" = "$farthest" ] && return 0
    look "$above" || return 1
    above=$parent
  done
  return 1
}
kept() {
  [ "$shown" = "$BROOD_GROUP" ] && return 0
  if look "$shown"; then
    descends "$shown"
    return
  fi
  for file in /proc/[0-9]*/stat; do
    member=\${file#/proc/}
    member=\${member%/stat}
    look "$member" && [ "$group" = "$shown" ] && descends "$member" && return 0
  done
  return 1
}
hang_up() {
  look "$shown" || return
  in=$session
  look "$parent" && [ "$session" = "$in" ] || kill -HUP "$shown"
}
export BROOD_GROUP
over=''
while callers; do
  kept || { hang_up; eval "$BROOD_GIVE" < /dev/tty; }
  [ -n "$over" ] && exit 0
  same "$BROOD_SENTINEL" && sleep 0.05 || over=1
done
`;

/** Where in proc(5), /proc/pid/stat, counted from the third field. */
const [PARENT, SESSION, TERMINAL, START] = [1, 3, 4, 19];

/** Who has called this process, in the session of its terminal: the nearest first, each as pid:start. */
function callers(): readonly string[] {
  const own = statOf(process.pid);
  if (own === undefined || own[TERMINAL] === '0') return [];
  const found: string[] = [];
  for (let pid = Number(own[PARENT]); pid > 1;) {
    const stat = statOf(pid);
    if (stat === undefined || stat[SESSION] !== own[SESSION]) break;
    found.push(`${pid}:${stat[START]}`);
    pid = Number(stat[PARENT]);
  }
  return found;
}

export class TerminalKeeper {
  readonly #shell: ChildProcess | undefined;

  /** For as long as `sentinel` looks for what is left. Does nothing without a terminal, for the leader of its session, or where nobody can give it. */
  constructor(sentinel: number | undefined) {
    const all = callers();
    const start = sentinel === undefined ? undefined : statOf(sentinel)?.[START];
    const giver = all.length === 0 || start === undefined ? undefined : terminalGiver();
    if (giver === undefined) return;
    const env = {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      BROOD_WAITS: WAITS,
      BROOD_KEEPS: KEEPS,
      BROOD_CALLERS: all.join(' '),
      BROOD_SENTINEL: `${sentinel}:${start}`,
      ...giver,
    };
    const shell = spawn('/bin/sh', ['-c', 'eval "$BROOD_WAITS"'], { argv0: 'brood: terminal', cwd: '/', env, stdio: ['pipe', 'ignore', 'ignore'] });
    // Without it a killed one-off may leave the terminal to nobody; that is no reason to end a living one.
    shell.on('error', () => {});
    shell.stdin.on('error', () => {});
    this.#shell = shell;
  }

  /** Ends it: the command has ended, and a shell gives the terminal back itself. */
  async close(): Promise<void> {
    const shell = this.#shell;
    if (shell?.pid === undefined || shell.exitCode !== null || shell.signalCode !== null) return;
    const ended = new Promise(resolve => shell.once('exit', resolve));
    shell.stdin?.write('bye\n');
    await ended;
  }
}

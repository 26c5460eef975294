/** The keys of a process in process-compose.yaml: which of them are looked at, and what becomes of the others. */
import type { Dialect, Fates } from './foreign.ts';

const SCREEN = 'of its own screen';
const LOG_FILE = 'daemon.logs.dir: there each process type has a file by its name';
const OUTPUT = 'output is kept, with its time, and rotated: daemon.logs';
const PROBE_KEYS =
  'exec.command exec.working_dir http_get.host http_get.scheme http_get.path http_get.port http_get.num_port http_get.headers http_get.status_code ' +
  'initial_delay_seconds period_seconds timeout_seconds success_threshold failure_threshold';

const all = (keys: string, outcome: 'changed' | 'unneeded' | 'unsupported', note: string): Fates =>
  Object.fromEntries(keys.split(' ').map(key => [key, [outcome, note]]));

const FATES: Fates = {
  ...all('description', 'unneeded', 'for people'),
  ...all('namespace', 'unsupported', 'each application has its own master in its own directory: that keeps them apart'),
  ...all('log_location', 'changed', LOG_FILE),
  ...all('log_configuration disable_ansi_colors', 'unneeded', OUTPUT),
  ...all('ready_log_line', 'unsupported', 'no text, or a readiness probe says already when it is ready'),
  ...all('is_daemon launch_timeout_seconds', 'unsupported', 'a process stays in the foreground, so that its end is seen'),
  ...all('is_foreground is_tty', 'unsupported', 'a process has no terminal of its own'),
  ...all('is_elevated', 'unsupported', 'all processes of a master are of one user: daemon.user'),
  ...all(
    'vars is_template_disabled is_disable_dotenv disable_dotenv is_dotenv_disabled disable_env_expansion',
    'unsupported',
    'nothing is filled in here but by the shell: write it out',
  ),
  ...all('schedule', 'unsupported', 'restartCron starts a process anew at a time; an application has schedules'),
  ...all('watch', 'unsupported', 'in development: brood dev follows saved files'),
  ...all('mcp', 'unsupported', 'there is no equal'),
  ...all('extends', 'unsupported', 'write out what it has from there'),
  ...all('shutdown.command', 'unsupported', 'a process is asked to end by SIGTERM: let it do then what is to be done'),
  ...all('shutdown.parent_only', 'unneeded', 'what a process has started ends with it'),
  ...all('availability.exit_on_skipped', 'unsupported', 'nothing is skipped: a start fails when what something waits for fails'),
};

const OPENED = 'readiness_probe readiness_probe.exec readiness_probe.http_get liveness_probe liveness_probe.exec liveness_probe.http_get shutdown availability';

const USED = [
  ...'command entrypoint environment env_file depends_on working_dir is_interactive disabled is_disabled replicas shutdown.timeout_seconds shutdown.signal'.split(
    ' ',
  ),
  ...'availability.restart availability.backoff_seconds availability.max_restarts availability.exit_on_end'.split(' '),
  ...['readiness_probe', 'liveness_probe'].flatMap(probe => PROBE_KEYS.split(' ').map(key => `${probe}.${key}`)),
];

export const PROCESS_COMPOSE: Dialect = { opened: new Set(OPENED.split(' ')), used: USED, fates: FATES, tool: 'process-compose' };

/** What may stand beside `processes`. */
export const PROCESS_COMPOSE_TOP: Fates = {
  ...all('version', 'unneeded', 'it is about its own file'),
  ...all('is_tui_disabled theme shortcuts tui', 'unneeded', SCREEN),
  ...all('is_strict', 'unneeded', 'unknown keys are always mistakes'),
  ...all('log_location', 'changed', LOG_FILE),
  ...all('log_level log_length log_format log_configuration', 'unneeded', OUTPUT),
  ...all('shell', 'unsupported', 'a command is run by /bin/sh: write bash -c before it, where it needs bash'),
  ...all('vars disable_env_expansion env_cmds', 'unsupported', 'nothing is filled in here but by the shell: write it out'),
  ...all('ordered_shutdown', 'unneeded', 'what comes after another one is always stopped before it'),
  ...all('extends include', 'unsupported', 'import that file, too, and put the two together'),
};

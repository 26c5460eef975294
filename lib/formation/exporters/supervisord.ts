/**
 * Programs of supervisord for every process type of an application, in one file (supervisord's documentation, "Configuration File",
 * [program:x] and [group:x]). Pure. Its reading has four steps that quoting has to stand: comments behind a blank, `%(here)s` as text,
 * `%(name)s` and `%%`, and for a command the words of a POSIX shell.
 */
import { BroodError } from '../../errors.ts';
import { listed } from '../../policy/plural.ts';
import { environmentOf, identityOf, isLasting, isReleased, signalOf, stopSeconds } from './model.ts';
import type { Exported, ExportedApp, ExportedProcess } from './model.ts';
import { typeNames, UNIT_NAMES } from './names.ts';
import { assetLosses, loadNotes, orderNotes, probesNotes, releaseNotes, secretsNote, secretsOf } from './notes.ts';
import { inOneLine } from './one-line.ts';
import { sayable } from './sayable.ts';

const RESTART = { always: 'true', 'on-failure': 'unexpected', never: 'false' } as const;
/** As Brood does; supervisord gives up after three. Each try waits a second longer. */
const TRIED_ON = 'startretries=1000';
/** The number of an instance, from 1. */
const COUNT = '%(process_num)d';
/** PORT of an instance: supervisord counts, and cannot add. It tells a process its name, which ends with the number. */
const counted = (first: number): string => `export PORT=$((${first - 1} + \${SUPERVISOR_PROCESS_NAME##*.})); exec /bin/sh -c "$1"`;

/**
 * A word of a command: in single quotes, `%` twice. `;` and `#` begin a comment behind a blank, even in quotes, so they stand behind a
 * backslash, outside of them; and so does `(` behind `%`, for in a file that is included `%%(here)s` would be found before `%%` is read.
 */
export function word(text: string): string {
  if (/^[\w@:,./=+-]+$/.test(text)) return text;
  const inside = text.replaceAll(/'|(?<=[\s\u0085])[;#]|(?<=%)\(/g, String.raw`'\$&'`);
  return `'${inside.replaceAll('%', '%%')}'`;
}

// oxlint-disable-next-line no-control-regex -- a line cannot hold them
const ODD_VALUE = /["\u0000-\u0008\u000A-\u001F\u007F]|^'|'$|[\s\u0085][;#]|%\(here\)s/;

/** The value of a setting that has no quotes is the rest of its line. */
function plain(what: string, text: string): string {
  // oxlint-disable-next-line no-control-regex -- the same
  if (!/[\u0000-\u001F\u007F]|\s$|[\s\u0085][;#]|%\(here\)s/.test(text)) return text.replaceAll('%', '%%');
  const reason = 'it has a control character, a blank before ";" or "#", a blank at the end, or "%(here)s"';
  throw new BroodError('BROOD_EXPORT_TEXT', { what, target: 'a file of supervisord', reason, remedy: 'Rename it.' });
}

/** Its variables in two parts: those that `environment=` can say, and those that env(1) has to. */
function variablesOf(app: ExportedApp, process: ExportedProcess, isCounted: boolean): { readonly said: string; readonly odd: readonly string[] } {
  // supervisord puts in the number of each instance.
  const identity = isReleased(process) ? identityOf(process, 1) : identityOf(process, COUNT);
  const all = Object.entries(environmentOf(app, process, 1)).filter(([name]) => !(isCounted && name === 'PORT') && !Object.hasOwn(identity, name));
  const said = all.filter(([, value]) => !ODD_VALUE.test(value));
  const values = [...said.map(([name, value]) => [name, value.replaceAll('%', '%%')] as const), ...Object.entries(identity)];
  return {
    said: values.map(([name, value]) => `${name}="${value}"`).join(','),
    odd: all.filter(([, value]) => ODD_VALUE.test(value)).map(([name, value]) => `${name}=${value}`),
  };
}

function commandOf({ command, port }: ExportedProcess, isCounted: boolean, odd: readonly string[]): string {
  const shell = isCounted && port !== undefined ? ['/bin/sh', '-c', counted(port), 'sh', command] : ['/bin/sh', '-c', command];
  const words = odd.length === 0 ? shell : ['/usr/bin/env', ...odd, ...shell];
  return inOneLine(words).map(word).join(' ');
}

function programOf(app: ExportedApp, process: ExportedProcess, name: string, priority: number): string {
  const { type, cwd, port, instances, restart = 'always' } = process;
  const isRelease = isReleased(process);
  const isCounted = port !== undefined && instances > 1 && !isRelease;
  const { said, odd } = variablesOf(app, process, isCounted);
  return [
    `[program:${name}]`,
    `command=${commandOf(process, isCounted, odd)}`,
    `directory=${plain(`the directory of ${type}`, cwd)}`,
    ...(said === '' ? [] : [`environment=${said}`]),
    ...(app.user === undefined ? [] : [`user=${app.user}`]),
    ...(isRelease ? ['autostart=false', 'autorestart=false', 'startsecs=0'] : []),
    ...(isRelease ? [] : [`process_name=${type}.${COUNT}`, 'numprocs_start=1', `numprocs=${instances}`]),
    ...(isRelease ? [] : [`autorestart=${RESTART[restart]}`, ...(restart === 'always' ? [TRIED_ON] : ['startsecs=0']), `priority=${priority}`]),
    `stopsignal=${signalOf(process).slice('SIG'.length)}`,
    `stopwaitsecs=${stopSeconds(process)}`,
    // As Brood does: a command and all that it has started are asked to go, and killed, together.
    `stopasgroup=${process.isMaster === true ? 'false' : 'true'}`,
    'killasgroup=true',
    '',
  ].join('\n');
}

/** Types whose predecessors have all been counted come next; a circle ends at its first member. */
function priorities({ processes }: ExportedApp): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const of = (type: string, seen: ReadonlySet<string>): number => {
    const known = found.get(type);
    const own = processes.find(one => one.type === type);
    if (known !== undefined || own === undefined || seen.has(type)) return known ?? 0;
    const level = 1 + Math.max(0, ...own.after.map(before => of(before, new Set([...seen, type]))));
    found.set(type, level);
    return level;
  };
  for (const { type } of processes) of(type, new Set());
  return found;
}

/**
 * NAME.conf: a program for each type, and a group that holds them; release is a program of its own, which nothing starts by itself.
 *
 * @throws BROOD_EXPORT_TEXT, BROOD_EXPORT_NAME
 */
export function supervisordPrograms(given: ExportedApp): Exported {
  const { app, notes } = sayable(given, 'a file of supervisord');
  const group = UNIT_NAMES.of(app.name);
  const types = typeNames(app, UNIT_NAMES);
  const nameOf = ({ type }: ExportedProcess): string => `${group}-${types.get(type) ?? type}`;
  const order = priorities(app);
  const lasting = app.processes.filter(isLasting);
  const programs = app.processes
    .filter(one => isReleased(one) || one.instances > 0)
    .map(one => programOf(app, one, nameOf(one), (order.get(one.type) ?? 0) * 10));
  const members = lasting.filter(({ instances }) => instances > 0).map(nameOf);
  const text = [...programs, ...(members.length === 0 ? [] : [`[group:${group}]\nprograms=${members.join(',')}\n`])].join('\n');
  return {
    files: [{ name: `${group}.conf`, text, ...(secretsOf(app).length === 0 ? {} : { isSecret: true }) }],
    notes: [
      ...notes,
      ...lasting.filter(({ instances }) => instances === 0).map(({ type }) => `${type}: it has no instance, and no program`),
      ...probesNotes(app, 'supervisord'),
      ...loadNotes(app, 'supervisord'),
      ...assetLosses(app, 'supervisord'),
      ...orderNotes(
        app,
        ({ after }) => `supervisord starts it behind ${listed(after)}, and does not wait until ${after.length === 1 ? 'that is' : 'those are'} ready`,
      ),
      ...releaseNotes(app, one => `nothing starts it by itself: supervisorctl start ${nameOf(one)} before a new version`),
      ...secretsNote(app, `${group}.conf has`),
    ],
  };
}

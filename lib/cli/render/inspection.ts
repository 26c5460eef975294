/** What `brood inspect` shows, as lines: what runs under a name, how it is started, and every end that it has had. */
import type { DeathStatus, Inspection, InstanceStatus } from '../../daemon/api.ts';
import { hangText, stackText } from '../../policy/hang.ts';
import { counted } from '../../policy/plural.ts';
import { painter } from './colours.ts';
import type { Paint, Style } from './colours.ts';
import { fullEnding, reasonOf } from './ending.ts';
import { styleOf } from './rows.ts';
import { segments } from './segments.ts';
import { brief, day, percent, rate, size, span, timeOfDay, took } from './units.ts';
import { pad, plain, shorten } from './width.ts';

export interface InspectLook {
  /** Columns. What is told in whole lines, such as a stack, may be longer. */
  readonly width: number;
  readonly colour: boolean;
  readonly now: number;
}

function currentLine(instance: InstanceStatus, { width }: InspectLook, paint: Paint): string {
  const { state, pid, uptime, generation, restarts, reason, cpu, memory, eventLoopDelay, requestsPerSecond, p99, connections, requests } = instance;
  const shown = state === 'ready' ? 'running' : state;
  const some = (value: number | undefined, importance: number, write: (value: number) => string) =>
    value === undefined ? [] : [{ text: write(value), importance }];
  const parts = [
    { text: shown, importance: 100, style: styleOf(shown) },
    ...(reason === undefined ? [] : [{ text: reasonOf(reason), importance: 95, style: 'yellow' as Style }]),
    { text: `pid ${pid}`, importance: 90 },
    { text: `up ${span(uptime)}`, importance: 85 },
    { text: counted(restarts, 'restart'), importance: 80 },
    ...some(cpu, 75, value => `${percent(value)} cpu`),
    ...some(memory, 70, size),
    ...some(requestsPerSecond, 65, value => `${rate(value)} req/s`),
    ...some(p99, 60, value => `p99 ${brief(value)}`),
    ...some(eventLoopDelay, 50, value => `loop ${brief(value)}`),
    ...some(connections, 45, value => `${value} open`),
    ...some(requests, 40, value => `${value} served`),
    { text: `generation ${generation}`, importance: 30 },
  ];
  return segments(parts, { width, paint });
}

/** What the supervisor alone goes by. */
const INTERNAL = new Set(['type', 'apart', 'until', 'booting', 'mail', 'notice', 'surge', 'hangPipe', 'lenient']);

/** The words of the configuration for what is called otherwise inside. */
const CALLED: Readonly<Record<string, string>> = { line: 'command', affinity: 'cpuAffinity', door: 'entry' };

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (typeof value === 'object' && Object.values(value).every(isEmpty));

const shownMembers = (value: object): readonly (readonly [string, unknown])[] =>
  Object.entries(value).flatMap(([key, member]) => (INTERNAL.has(key) || isEmpty(member) ? [] : [[CALLED[key] ?? key, member] as const]));

/** `when always, intensity 3` */
function written(value: unknown): string {
  if (Array.isArray(value)) return value.map(written).join(' ');
  if (typeof value !== 'object' || value === null) return String(value);
  return shownMembers(value)
    .map(([key, member]) => `${key} ${written(member)}`)
    .join(', ');
}

/** How it is started, each by itself; those behind an entry have each a port that nobody need know. */
function startMembers(start: unknown): readonly (readonly [string, unknown])[] {
  if (typeof start !== 'object' || start === null) return [];
  const isBehind = Reflect.get(start, 'apart') === true;
  return shownMembers(start).filter(([key]) => key !== 'kind' && !(key === 'port' && isBehind));
}

function specLines({ start, spare, ...spec }: Inspection['spec'], { width }: InspectLook, paint: Paint): readonly string[] {
  const entries = [...startMembers(start), ...shownMembers(spare === 0 ? spec : { ...spec, spare })];
  const keys = Math.max(0, ...entries.map(([key]) => key.length)) + 2;
  return entries.map(([key, value]) => `  ${paint('dim', pad(key, keys))}${shorten(plain(written(value)), width - keys - 2)}`);
}

/** What an error says that the instance has not written by itself. */
function errorLines({ error }: DeathStatus): readonly string[] {
  if (error === undefined) return [];
  const text = error.frame === undefined ? (error.stack ?? error.message) : `${error.message}\n${error.frame}`;
  return text.split('\n').map(plain);
}

/** What had blocked its event loop, with the stack. */
const hangLines = ({ hang }: DeathStatus): readonly string[] =>
  hang === undefined ? [] : [hangText(hang), ...stackText(hang).split('\n')].filter(Boolean).map(plain);

function deathLines(death: DeathStatus, now: number, paint: Paint): readonly string[] {
  const { at, uptime, pid, generation, served, state, step, escalated } = death;
  const early = served ? '' : `, before it was ready${step === undefined ? '' : ` (${step})`}`;
  const style = death.completed === true || (state === 'draining' && death.signal !== 'SIGKILL') ? 'dim' : 'red';
  const error = errorLines(death);
  // The record that a logger has made of the same error says nothing new.
  const message = JSON.stringify(death.error?.message ?? '').slice(1, -1);
  const isRecord = (line: string): boolean => message !== '' && line.startsWith('{') && line.includes(message);
  const said = death.lastLines.map(plain).filter(line => line.trim() !== '' && !error.includes(line) && !isRecord(line));
  return [
    `${day(at)} ${timeOfDay(at)}  ${paint(style, fullEnding(death))} after ${took(uptime)}${early}${escalated === true ? ', had to be killed' : ''}  ${paint('dim', `${span(now - Date.parse(at))} ago, pid ${pid}, generation ${generation}`)}`,
    ...error.map(line => `    ${line}`),
    ...hangLines(death).map(line => `    ${line}`),
    ...said.map(line => `  ${paint('dim', '|')} ${line}`),
  ];
}

const outputLines = (output: Inspection['output'], paint: Paint): readonly string[] =>
  output === undefined
    ? []
    : [`output of all of its type: ${size(output.bytes)}${output.lost === 0 ? '' : `, ${paint('yellow', `${output.lost} lines of it were lost`)}`}`];

export function inspectText({ name, current, spec, output, deaths }: Inspection, look: InspectLook): readonly string[] {
  const paint = painter(look.colour);
  const last = deaths.at(-1);
  const gone = last?.completed === true ? paint('green', 'completed') : paint('red', last?.failed === true ? 'failed' : 'does not run');
  const now = current.length === 0 ? [gone] : current.map(instance => currentLine(instance, look, paint));
  const ends = deaths.length === 0 ? 'It has never ended.' : `${deaths.length === 1 ? 'One end' : `${deaths.length} ends`}, the last one at the bottom:`;
  return [
    paint('bold', name),
    ...now,
    ...specLines(spec, look, paint),
    ...outputLines(output, paint),
    '',
    ends,
    ...deaths.flatMap(death => ['', ...deathLines(death, look.now, paint)]),
  ];
}

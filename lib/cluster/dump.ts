/** How everything is, as text for a log: every instance, every type, the last ends. */
import type { Death, DesiredRow, Instance } from '../model.ts';
import { instanceName } from '../supervisor/names.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';

/** So many of the last ends are told. */
const LAST_ENDS = 10;

const secondsOf = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

function instanceLine(instance: Instance, now: number): string {
  const { pid, state, since, started, generation, reason, id } = instance;
  const why = reason === undefined ? '' : ` (${reason})`;
  return `${instanceName(instance)}: pid ${pid}, ${state}${why} for ${secondsOf(now - since)}, started ${secondsOf(now - started)} ago, generation ${generation}, id ${id}`;
}

function typeLine({ spec: { type }, quantity, generation }: DesiredRow, supervisor: Supervisor, now: number): string {
  const ready = supervisor.instances().filter(one => one.type === type && one.state === 'ready').length;
  const { failures, falls, notBefore, givenUpAt, completed } = supervisor.ledgerOf(type, generation);
  const facts = [
    `${quantity} wanted, ${ready} ready, generation ${generation}`,
    ...(failures.length === 0 ? [] : [`${failures.length} failed boots in a row`]),
    ...(falls.length === 0 ? [] : [`fell ${falls.length} times lately`]),
    ...(completed.length === 0 ? [] : [`${completed.length} completed`]),
    ...(givenUpAt === undefined ? [] : [`given up ${secondsOf(now - givenUpAt)} ago`]),
    ...(notBefore > now ? [`no start for ${secondsOf(notBefore - now)}`] : []),
    ...(supervisor.crashLoopOf(type) === undefined ? [] : ['in a crash loop']),
  ];
  return `${type}: ${facts.join(', ')}`;
}

function endLine(death: Death): string {
  const { pid, at, reason, code, signal, uptime } = death;
  return `${instanceName(death)}: pid ${pid} ended at ${new Date(at).toISOString()} after ${secondsOf(uptime)}: ${reason}, ${signal ?? `exit code ${code ?? 'unknown'}`}`;
}

/** Lines without an end of line. */
export function dumpOf(supervisor: Supervisor, now = Date.now()): readonly string[] {
  const { rss, heapUsed } = process.memoryUsage();
  const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MiB`;
  return [
    `master: pid ${process.pid}, Node.js ${process.version}, up ${secondsOf(process.uptime() * 1000)}, memory ${megabytes(rss)}, heap ${megabytes(heapUsed)}`,
    ...supervisor.desired.map(row => typeLine(row, supervisor, now)),
    ...supervisor.instances().map(instance => instanceLine(instance, now)),
    ...supervisor.deaths.slice(-LAST_ENDS).map(endLine),
  ];
}

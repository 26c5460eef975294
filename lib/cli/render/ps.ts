/** What `brood ps` shows, as lines: the application, its instances, and what cannot run. */
import type { Status } from '../../daemon/api.ts';
import { painter } from './colours.ts';
import type { Paint } from './colours.ts';
import { CONNECTIONS, CPU, GENERATION, LOOP, MEMORY, NAME, NOTE, P99, PID, RATE, READY, REQUESTS, RESTARTS, STATE, UP } from './columns.ts';
import { causeOf, ending } from './ending.ts';
import { failing, rowsOf, sumOf } from './rows.ts';
import { segments } from './segments.ts';
import { table } from './table.ts';
import { percent, size, span } from './units.ts';
import { displayWidth, plain, shorten } from './width.ts';

export interface PsLook {
  /** Columns. */
  readonly width: number;
  readonly colour: boolean;
  /** Further columns; nothing is shortened that fits the width. */
  readonly wide?: boolean;
  /** Milliseconds since the epoch, for what is still to come. */
  readonly now: number;
  /** Only these instances and types. Default: all. */
  readonly only?: ((name: string, type: string) => boolean) | undefined;
}

const COLUMNS = [NAME, STATE, READY, UP, RESTARTS, CPU, MEMORY, RATE, P99, NOTE];
const WIDE = [NAME, PID, STATE, READY, UP, RESTARTS, CPU, MEMORY, RATE, P99, LOOP, CONNECTIONS, REQUESTS, GENERATION, NOTE];

function header(status: Status, { width, wide = false }: PsLook, paint: Paint): string {
  const { app, master } = status;
  const cpu = sumOf(status, 'cpu');
  const memory = sumOf(status, 'memory');
  return segments(
    [
      { text: `APP ${plain(app.name)}`, importance: 100, style: 'bold' },
      ...(master.state === 'running' ? [] : [{ text: master.state, importance: 90, style: 'yellow' as const }]),
      { text: `up ${span(master.uptime)}`, importance: 80 },
      { text: `master ${master.pid}`, importance: 70 },
      ...(cpu === undefined ? [] : [{ text: `${percent(cpu)} cpu`, importance: 60 }]),
      ...(memory === undefined ? [] : [{ text: size(memory), importance: 50 }]),
      ...(app.address === undefined ? [] : [{ text: app.address, importance: 40 }]),
      ...(app.entries ?? []).map(({ type, url }, index) => ({ text: `${url} (${plain(type)})`, importance: 39 - index / 100 })),
      ...(wide ? [{ text: `brood ${master.version}, node ${master.node}, env ${app.env}`, importance: 30 }] : []),
    ],
    { width, paint },
  );
}

/** `worker.1: exit 1 "ECONNREFUSED redis:6379"   brood inspect worker.1` */
function failures(status: Status, { width, only }: PsLook, paint: Paint): readonly string[] {
  return failing(status)
    .filter(({ name, type }) => only?.(name, type) ?? true)
    .map(death => {
      const next = `brood inspect ${death.name}`;
      const cause = causeOf(death);
      const text = `${death.name}: ${ending(death)}${cause === undefined ? '' : ` "${cause}"`}`;
      const room = width - displayWidth(next) - 3;
      if (room < 24) return `${paint('red', shorten(text, width))}\n${paint('cyan', shorten(next, width))}`;
      return `${paint('red', shorten(text, room))}   ${paint('cyan', next)}`;
    })
    .flatMap(text => text.split('\n'));
}

/** `web: 12 lines of output were lost` */
const losses = ({ types }: Status, { width, only }: PsLook, paint: Paint): readonly string[] =>
  types
    .filter(({ type, output }) => (output?.lost ?? 0) > 0 && (only?.(type, type) ?? true))
    .map(({ type, output }) => paint('yellow', shorten(`${plain(type)}: ${output?.lost} lines of output were lost`, width)));

export function psText(status: Status, look: PsLook): readonly string[] {
  const { width, colour, wide = false, now, only } = look;
  const paint = painter(colour);
  const rows = rowsOf(status, now).filter(({ name, type }) => only?.(name, type) ?? true);
  return [
    header(status, look, paint),
    ...table(wide ? WIDE : COLUMNS, rows, { width, paint }),
    ...failures(status, look, paint),
    ...losses(status, look, paint),
  ];
}

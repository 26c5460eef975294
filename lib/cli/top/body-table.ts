/** The table of `brood top`: the rows around the chosen one. */
import { painter } from '../render/colours.ts';
import { CONNECTIONS, CPU, LOOP, MEMORY, NAME, NOTE, P99, PID, RATE, RESTARTS, STATE, UP } from '../render/columns.ts';
import { causeOf } from '../render/ending.ts';
import type { Row } from '../render/rows.ts';
import { fit, line } from '../render/table.ts';
import type { Cell, Column } from '../render/table.ts';
import { pad, shorten } from '../render/width.ts';
import { barsAt, cpuBars, memoryBars } from './head.ts';
import { rowsShown } from './picture.ts';
import type { Area, Picture } from './picture.ts';
import { chosen } from './view.ts';

const textOf = (cell: Cell | string): string => (typeof cell === 'string' ? cell : cell.text);

/** A figure with its course. */
function withBars(column: Column<Row>, title: string, bars: (id: number) => string): Column<Row> {
  const figure = (row: Row): string => pad(textOf(column.cell(row)), 6, 'right');
  return {
    title: pad(title, 6, 'right'),
    importance: column.importance,
    cell: row => `${figure(row)} ${row.instance === undefined ? '' : bars(row.instance.id)}`.trimEnd(),
  };
}

function columnsOf({ status, courses }: Picture, bars: number): readonly Column<Row>[] {
  const causes = new Map(status?.types.map(({ type, lastDeath }) => [type, lastDeath === undefined ? undefined : causeOf(lastDeath)]));
  const note: Column<Row> = {
    ...NOTE,
    cell: row => {
      const cause = row.instance === undefined ? causes.get(row.type) : undefined;
      const cell = NOTE.cell(row);
      return typeof cell === 'string' || cause === undefined || row.note === '' ? cell : { ...cell, text: `${cell.text}: ${cause}` };
    },
  };
  return [
    NAME,
    STATE,
    withBars(CPU, 'CPU', id => cpuBars(courses.of(id).cpu, bars)),
    withBars(MEMORY, 'MEM', id => memoryBars(courses.of(id).memory, bars)),
    { ...LOOP, importance: 55 },
    { ...RATE, title: 'REQ/S' },
    P99,
    CONNECTIONS,
    RESTARTS,
    { ...UP, importance: 28 },
    { ...PID, importance: 20 },
    note,
  ];
}

const NOTHING = ['', '  Nothing runs here.', '  This goes on when it does: brood start'];

/** So many lines, the titles first; the rows with the chosen one among them. */
export function bodyTable(picture: Picture, { width, height, paint }: Area): readonly string[] {
  const rows = rowsShown(picture);
  const { view, status } = picture;
  if (status === undefined) return NOTHING.slice(0, height);
  if (rows.length === 0) return ['', shorten(`  Nothing has "${view.filter}". Escape shows all.`, width)].slice(0, height);
  const fitted = fit(columnsOf(picture, barsAt(width)), rows, { width: width - 1 });
  const name = chosen(view, rows)?.name;
  const visible = Math.max(1, height - 1);
  const at = rows.findIndex(row => row.name === name);
  const from = Math.max(0, Math.min(at - Math.floor(visible / 2), rows.length - visible));
  const lines = rows.slice(from, from + visible).map(row => {
    const isChosen = row.name === name;
    // Colours inside of an inverse line are hard to read.
    const text = line(fitted, column => column.cell(row), { paint: isChosen ? painter(false) : paint });
    return isChosen ? paint('inverse', pad(`>${text}`, width)) : ` ${text}`;
  });
  return [` ${line(fitted, ({ title }) => ({ text: title, style: 'dim' }), { paint })}`, ...lines];
}

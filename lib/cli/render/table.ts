/** Rows of cells in columns that fit a width: the least important ones are shortened, then left out. */
import type { Paint, Style } from './colours.ts';
import { displayWidth, pad, shorten } from './width.ts';

export interface Cell {
  /** Without escape codes. */
  readonly text: string;
  /** Stands in for the text where that does not fit. */
  readonly short?: string;
  readonly style?: Style | undefined;
}

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => Cell | string;
  readonly align?: 'right';
  /** The column with the lowest one goes first. */
  readonly importance: number;
  /** It may be cut down to so many columns; without it never. */
  readonly least?: number;
}

export interface Layout {
  readonly width: number;
  readonly paint: Paint;
  /** Spaces between two columns. */
  readonly gap?: number;
}

interface Fitted<Row> {
  readonly column: Column<Row>;
  readonly width: number;
}

const asCell = (cell: Cell | string): Cell => (typeof cell === 'string' ? { text: cell } : cell);

const total = (widths: readonly number[], gap: number): number => widths.reduce((sum, width) => sum + width, Math.max(0, widths.length - 1) * gap);

const fitting = ({ text, short }: Cell, width: number): string =>
  displayWidth(text) > width && short !== undefined ? shorten(short, width) : shorten(text, width);

/** Which columns are shown, and how wide each is. The most important one is always. */
export function fit<Row>(columns: readonly Column<Row>[], rows: readonly Row[], { width, gap = 2 }: Pick<Layout, 'width' | 'gap'>): readonly Fitted<Row>[] {
  /** What a column takes when it has so much room. */
  const within = ({ title, cell }: Column<Row>, room: number): number =>
    Math.max(displayWidth(title), ...rows.map(row => displayWidth(fitting(asCell(cell(row)), room))));
  const widths = new Map(columns.map(column => [column, within(column, Infinity)]));
  const widthOf = (column: Column<Row>): number => widths.get(column) ?? 0;
  const leastOf = (column: Column<Row>): number => (column.least === undefined ? widthOf(column) : within(column, column.least));
  const kept = [...columns];
  const byImportance = [...columns].sort((a, b) => a.importance - b.importance);
  for (const column of byImportance) {
    if (kept.length === 1 || total(kept.map(leastOf), gap) <= width) break;
    kept.splice(kept.indexOf(column), 1);
  }
  for (const column of byImportance.filter(({ least }) => least !== undefined)) {
    const over = total(kept.map(widthOf), gap) - width;
    if (over > 0 && kept.includes(column)) widths.set(column, within(column, Math.max(column.least ?? 0, widthOf(column) - over)));
  }
  return kept.map(column => ({ column, width: Math.min(widthOf(column), width) }));
}

/** One line of a table, without spaces at its end. */
export function line<Row>(
  fitted: readonly Fitted<Row>[],
  cellOf: (column: Column<Row>) => Cell | string,
  { paint, gap = 2 }: Pick<Layout, 'paint' | 'gap'>,
): string {
  const cells = fitted.map(({ column, width }, index) => {
    const cell = asCell(cellOf(column));
    const text = fitting(cell, width);
    const last = index === fitted.length - 1 && column.align === undefined;
    const space = pad('', width - displayWidth(text));
    const painted = cell.style === undefined ? text : paint(cell.style, text);
    return column.align === 'right' ? space + painted : last ? painted : painted + space;
  });
  return cells.join(' '.repeat(gap)).trimEnd();
}

/** The titles, then a line for each row. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], layout: Layout): readonly string[] {
  const fitted = fit(columns, rows, layout);
  return [line(fitted, ({ title }) => ({ text: title, style: 'dim' }), layout), ...rows.map(row => line(fitted, column => column.cell(row), layout))];
}

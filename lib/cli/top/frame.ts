/** One screen of `brood top`, as so many lines as the terminal has. Pure. */
import { painter } from '../render/colours.ts';
import type { Paint } from '../render/colours.ts';
import { segments } from '../render/segments.ts';
import { shorten } from '../render/width.ts';
import { bodyTable } from './body-table.ts';
import { head } from './head.ts';
import { detailsPane, helpPane, logPane, noticePane } from './panes.ts';
import { LEAST, rowsShown } from './picture.ts';
import type { Area, Pane, Picture, Size } from './picture.ts';

/** Key hints; the ones that are left out first have the lowest figure. */
const HINTS: readonly (readonly [key: string, what: string, importance: number])[] = [
  ['↑↓', 'select', 50],
  ['l', 'logs', 60],
  ['r', 'reload', 90],
  ['R', 'restart', 85],
  ['s', 'scale', 80],
  ['K', 'stop', 75],
  ['d', 'detail', 70],
  ['/', 'filter', 65],
  ['?', 'help', 95],
  ['q', 'quit', 100],
];
const BACK: typeof HINTS = [
  ['↑↓', 'scroll', 90],
  ['/', 'filter', 50],
  ['a', 'all or one', 40],
  ['q', 'back', 100],
];

const hints = (keys: typeof HINTS, width: number, paint: Paint): string =>
  segments(
    keys.map(([key, what, importance]) => ({ text: `${key} ${what}`, importance })),
    { width, paint: painter(false), gap: 2 },
  ).replaceAll(/(^| {2})(\S+)/g, (_, gap: string, key: string) => gap + paint('bold', key));

function foot({ view, message }: Picture, { width, paint }: Area): string {
  const { prompt, mode } = view;
  if (prompt?.ask === 'scale') return shorten(`instances of ${prompt.type}, now ${prompt.now} (4, +1, -1): ${prompt.text}`, width - 1) + paint('inverse', ' ');
  if (prompt?.ask === 'stop') {
    const whole = prompt.now === 1 ? prompt.type : `all ${prompt.now} of ${prompt.type}`;
    return paint('yellow', shorten(`stop ${whole}? y/n`, width));
  }
  if (prompt?.ask === 'filter') return shorten(`/${prompt.text}`, width - 1) + paint('inverse', ' ');
  if (message !== undefined) return paint(message.style, shorten(message.text, width));
  if (mode === 'table') return hints(HINTS, width, paint);
  return hints(mode === 'logs' ? BACK : BACK.filter(([, what]) => what === 'scroll' || what === 'back'), width, paint);
}

/** The table takes what it needs, and leaves the log a third at least. */
function tableAndLog(picture: Picture, area: Area): Pane {
  const log = Math.max(3, Math.floor(area.height / 3));
  const table = Math.max(4, Math.min(rowsShown(picture).length + 1, area.height - log));
  const lines = bodyTable(picture, { ...area, height: table });
  const space = Array<string>(Math.max(0, table - lines.length)).fill('');
  return { lines: [...lines, ...space, ...logPane(picture, { ...area, height: area.height - table }).lines], more: 0 };
}

function body(picture: Picture, colour: boolean, area: Area): Pane {
  switch (picture.view.mode) {
    case 'table': {
      return tableAndLog(picture, area);
    }
    case 'logs': {
      return logPane(picture, area);
    }
    case 'details': {
      return detailsPane(picture, colour, area);
    }
    case 'help': {
      return helpPane(picture, area);
    }
    case 'notice': {
      return noticePane(picture, area);
    }
  }
}

/** So many lines of so many columns at most. */
export function frame(picture: Picture, { columns, rows }: Size, colour: boolean): Pane {
  const paint = painter(colour);
  if (columns < LEAST.columns || rows < LEAST.rows) {
    const lines = [`brood top needs ${LEAST.columns} columns and`, `${LEAST.rows} rows; here are ${columns} and ${rows}.`, 'q ends it.'];
    return { lines: Array.from({ length: rows }, (_, index) => shorten(lines[index] ?? '', columns)), more: 0 };
  }
  const area = { width: columns, height: rows - 2, paint };
  const { lines, more } = body(picture, colour, area);
  const middle = Array.from({ length: area.height }, (_, index) => lines[index] ?? '');
  return { lines: [head(picture, area), ...middle, foot(picture, area)], more };
}

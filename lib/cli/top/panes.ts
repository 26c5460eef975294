/** What stands below the table of `brood top`, or in its place: log, details, help, what has failed. */
import type { LogLine } from '../../daemon/api.ts';
import { inspectText } from '../render/inspection.ts';
import { timeOfDay } from '../render/units.ts';
import { displayWidth, pad, plain, shorten } from '../render/width.ts';
import { rowsShown } from './picture.ts';
import type { Area, Pane, Picture } from './picture.ts';
import { chosen } from './view.ts';

/** `─ logs web.1 ──────────` */
export function rule(title: string, { width, paint }: Pick<Area, 'width' | 'paint'>): string {
  const text = `─ ${shorten(title, width - 4)} `;
  return paint('dim', text + '─'.repeat(Math.max(0, width - displayWidth(text))));
}

function logText({ time, name, stream, text }: LogLine, names: number, { width, paint }: Area): string {
  const from = names === 0 ? '' : `${pad(name, names)} `;
  const room = width - 9 - displayWidth(from);
  const said = shorten(plain(text), room);
  return `${paint('dim', timeOfDay(time))} ${paint('cyan', from)}${stream === 'system' ? paint('dim', said) : stream === 'stderr' ? paint('yellow', said) : said}`;
}

const logTitle = ({ all, grep, scroll }: Picture['view'], name: string | undefined): string =>
  `logs ${all || name === undefined ? 'of all' : name}${grep === '' ? '' : ` with "${grep}"`}${scroll === 0 ? '' : ', scrolled back'}`;

/** The last lines of the chosen row, or of all; so many as there is room for. */
export function logPane(picture: Picture, area: Area): Pane {
  const { view } = picture;
  const name = chosen(view, rowsShown(picture))?.name;
  const grep = view.mode === 'logs' ? view.grep.toLowerCase() : '';
  const lines = picture.log(view.all ? undefined : name).filter(({ text }) => grep === '' || text.toLowerCase().includes(grep));
  const room = area.height - 1;
  const more = Math.max(0, lines.length - room);
  const scroll = view.mode === 'logs' ? Math.min(view.scroll, more) : 0;
  const shown = lines.slice(Math.max(0, lines.length - room - scroll), lines.length - scroll);
  const names = view.all ? Math.min(16, Math.max(0, ...shown.map(one => displayWidth(one.name)))) : 0;
  const nothing = shown.length === 0 ? [area.paint('dim', ' no line yet')] : [];
  return { lines: [rule(logTitle({ ...view, scroll, grep }, name), area), ...nothing, ...shown.map(one => logText(one, names, area))], more };
}

/** Lines that may be more than there is room for. */
function scrolling(title: string, lines: readonly string[], scroll: number, area: Area): Pane {
  const room = area.height - 1;
  const more = Math.max(0, lines.length - room);
  const from = Math.min(scroll, more);
  const part = more > 0 ? ` (${from + 1} to ${Math.min(lines.length, from + room)} of ${lines.length})` : '';
  return { lines: [rule(title + part, area), ...lines.slice(from, from + room)], more };
}

export function detailsPane(picture: Picture, colour: boolean, area: Area): Pane {
  const { view, inspection, now } = picture;
  const name = chosen(view, rowsShown(picture))?.name ?? view.selected ?? '';
  const known = inspection?.name === name ? inspection : undefined;
  const lines = known === undefined ? [area.paint('dim', ' asking the master')] : inspectText(known, { width: area.width, colour, now });
  return scrolling(`details ${name}`, lines, view.scroll, area);
}

export const noticePane = ({ notice, view }: Picture, area: Area): Pane => scrolling('this has failed', notice, view.scroll, area);

const HELP: readonly (readonly [keys: string, what: string])[] = [
  ['↑ ↓  j k', 'choose a row; scroll in logs, details and help'],
  ['PgUp PgDn', 'the same, by pages; Home and End'],
  ['l', 'log alone, of the chosen row; there / shows the lines with a text'],
  ['a', 'log of the chosen row, or of all'],
  ['d', 'details: how it is started, every end that it has had'],
  ['r', 'reload: every instance is replaced, none is missed'],
  ['R', 'restart the chosen instance'],
  ['s', 'scale its type: 4, +1 or -1'],
  ['K', 'stop its type; asks first'],
  ['/', 'only rows with this text; Escape shows all'],
  ['Ctrl-L', 'draw the screen anew'],
  ['q', 'back; at the table: end. What runs goes on running'],
];

export const helpPane = ({ view }: Picture, area: Area): Pane =>
  scrolling(
    'keys',
    HELP.map(([keys, what]) => ` ${area.paint('bold', pad(keys, 11))}${shorten(what, area.width - 12)}`),
    view.scroll,
    area,
  );

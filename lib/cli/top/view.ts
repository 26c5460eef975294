/** What of `brood top` the keys change, and how: a key and a view give the next view, and what is to be done. Pure. */
import type { Row } from '../render/rows.ts';

export type Mode = 'table' | 'logs' | 'details' | 'help' | 'notice';

/** A question at the foot of the screen. */
export type Prompt =
  | { readonly ask: 'scale'; readonly type: string; readonly now: number; readonly text: string }
  | { readonly ask: 'stop'; readonly type: string; readonly now: number }
  | { readonly ask: 'filter'; readonly text: string; readonly before: string };

export interface View {
  readonly mode: Mode;
  /** Name of the chosen row. */
  readonly selected: string | undefined;
  /** Lines of the log: of the chosen row, or of all. */
  readonly all: boolean;
  /** Only rows, or in the mode `logs` lines, that hold this text. */
  readonly filter: string;
  readonly grep: string;
  readonly prompt: Prompt | undefined;
  /** Lines that are scrolled away: in `logs` from the end, elsewhere from the begin. */
  readonly scroll: number;
}

export type Order =
  | { readonly order: 'quit' }
  | { readonly order: 'redraw' }
  | { readonly order: 'reload' }
  | { readonly order: 'restart'; readonly name: string }
  | { readonly order: 'scale'; readonly type: string; readonly quantity: number }
  | { readonly order: 'stop'; readonly type: string }
  | { readonly order: 'inspect'; readonly name: string }
  | { readonly order: 'say'; readonly text: string };

export interface Pressed {
  readonly view: View;
  readonly order?: Order | undefined;
}

/** What a key may refer to. */
export interface Scene {
  /** Rows as they are shown. */
  readonly rows: readonly Row[];
  /** How many instances of a type are wanted. */
  readonly wanted: (type: string) => number;
  /** Lines that a page has, and how many more there are to scroll to. */
  readonly page: number;
  readonly more: number;
}

export const FIRST_VIEW: View = { mode: 'table', selected: undefined, all: false, filter: '', grep: '', prompt: undefined, scroll: 0 };

/** The row that is chosen: the named one, or the first. */
export const chosen = ({ selected }: View, rows: readonly Row[]): Row | undefined => rows.find(({ name }) => name === selected) ?? rows[0];

/** The rows that the filter lets pass. */
export function shownRows({ filter }: View, rows: readonly Row[]): readonly Row[] {
  const text = filter.toLowerCase();
  return text === '' ? rows : rows.filter(({ name, state }) => name.toLowerCase().includes(text) || state.includes(text));
}

/** Rows of the same name, one leaving and one coming, are chosen together. */
function select(view: View, { rows }: Scene, step: number): View {
  const names = [...new Set(rows.map(({ name }) => name))];
  const at = names.indexOf(chosen(view, rows)?.name ?? '');
  return { ...view, selected: names[Math.max(0, Math.min(names.length - 1, at + step))] };
}

/** Moves through what is shown; undefined: no key for that. */
function move(view: View, key: string, scene: Scene): View | undefined {
  const page = Math.max(1, scene.page - 1);
  const steps: Readonly<Record<string, number>> = { up: -1, k: -1, down: 1, j: 1, 'page-up': -page, 'page-down': page, home: -1e9, end: 1e9 };
  const step = Object.hasOwn(steps, key) ? steps[key] : undefined;
  if (step === undefined) return undefined;
  if (view.mode === 'table') return select(view, scene, step);
  const scroll = view.scroll + (view.mode === 'logs' ? -step : step);
  return { ...view, scroll: Math.max(0, Math.min(scroll, scene.more)) };
}

const to = (view: View, mode: Mode): View => ({ ...view, mode: view.mode === mode ? 'table' : mode, scroll: 0 });
const ask = (view: View, prompt: Prompt): Pressed => ({ view: { ...view, prompt } });
const say = (view: View, text: string): Pressed => ({ view, order: { order: 'say', text } });

/** Keys that concern the chosen row. */
function act(view: View, key: string, scene: Scene): Pressed | undefined {
  if (!['R', 's', 'K', 'd', 'l'].includes(key)) return undefined;
  const row = chosen(view, scene.rows);
  if (row === undefined) return say(view, 'nothing is selected');
  const { name, type } = row;
  const now = scene.wanted(type);
  switch (key) {
    case 'R': {
      return row.instance === undefined ? say(view, `${name} does not run`) : { view, order: { order: 'restart', name } };
    }
    case 's': {
      return type === 'agent' ? say(view, 'there is one agent, always') : ask(view, { ask: 'scale', type, now, text: '' });
    }
    case 'K': {
      return now === 0 ? say(view, `${type} is stopped`) : ask(view, { ask: 'stop', type, now });
    }
    case 'l': {
      return { view: to({ ...view, selected: name }, 'logs') };
    }
    default: {
      return { view: to({ ...view, selected: name }, 'details'), order: { order: 'inspect', name } };
    }
  }
}

/** A key where no question is asked. */
function command(view: View, key: string, scene: Scene): Pressed {
  const before = view.mode === 'logs' ? view.grep : view.filter;
  const plain: Readonly<Record<string, () => Pressed>> = {
    q: () => (view.mode === 'table' ? { view, order: { order: 'quit' } } : { view: to(view, view.mode) }),
    escape: () => ({ view: view.mode === 'table' ? { ...view, filter: '' } : to(view, view.mode) }),
    'ctrl-l': () => ({ view, order: { order: 'redraw' } }),
    '?': () => ({ view: to(view, 'help') }),
    h: () => ({ view: to(view, 'help') }),
    r: () => ({ view, order: { order: 'reload' } }),
    a: () => ({ view: { ...view, all: !view.all, scroll: 0 } }),
    '/': () => ask(view, { ask: 'filter', text: before, before }),
  };
  if (Object.hasOwn(plain, key)) return plain[key]?.() ?? { view };
  const moved = move(view, key, scene);
  return moved === undefined ? (act(view, key, scene) ?? { view }) : { view: moved };
}

/** What was typed after a key of the line: cut, or longer. */
function typed(text: string, key: string): string {
  if (key === 'backspace') return Array.from(text).slice(0, -1).join('');
  if (key === 'ctrl-u') return '';
  // Keys with a name have several letters.
  return Array.from(key).length === 1 && text.length < 60 ? text + key : text;
}

const withFilter = (view: View, text: string): View => (view.mode === 'logs' ? { ...view, grep: text, scroll: 0 } : { ...view, filter: text });

/** The number that was typed: `5`, or `+1` and `-1` from what it is now. */
function quantityOf(text: string, now: number): number | undefined {
  const [, sign, digits] = /^([+-]?)(\d{1,4})$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const quantity = sign === '+' ? now + Number(digits) : sign === '-' ? now - Number(digits) : Number(digits);
  return quantity < 0 ? undefined : quantity;
}

/** A key while a question is asked. */
function answer(view: View, prompt: Prompt, key: string): Pressed {
  const closed: View = { ...view, prompt: undefined };
  switch (prompt.ask) {
    case 'stop': {
      return key === 'y' || key === 'Y' ? { view: closed, order: { order: 'stop', type: prompt.type } } : { view: closed };
    }
    case 'filter': {
      if (key === 'enter') return { view: closed };
      if (key === 'escape') return { view: withFilter(closed, prompt.before === prompt.text ? '' : prompt.before) };
      const text = typed(prompt.text, key);
      return { view: withFilter({ ...view, prompt: { ...prompt, text } }, text) };
    }
    case 'scale': {
      if (key === 'escape' || (key === 'enter' && prompt.text === '')) return { view: closed };
      if (key !== 'enter') return { view: { ...view, prompt: { ...prompt, text: typed(prompt.text, key) } } };
      const quantity = quantityOf(prompt.text, prompt.now);
      if (quantity === undefined) return say(closed, `"${prompt.text}" is no number of instances: 4, +1 or -1`);
      return { view: closed, order: { order: 'scale', type: prompt.type, quantity } };
    }
  }
}

export function press(view: View, key: string, scene: Scene): Pressed {
  if (key === 'ctrl-c') return { view, order: { order: 'quit' } };
  if (view.prompt !== undefined) return answer(view, view.prompt, key);
  if (view.mode === 'help' || view.mode === 'notice') {
    const moved = move(view, key, scene);
    return { view: moved ?? to(view, view.mode) };
  }
  return command(view, key, scene);
}

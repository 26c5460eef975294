/** How many columns of a terminal a text takes, and how it is made to fit; nothing that it holds may move the cursor. */

/** Sequences that steer a terminal (ECMA-48: CSI, OSC and the like up to their end, two characters), then what is left of control characters. */
const SEQUENCES =
  // oxlint-disable-next-line no-control-regex -- what steers a terminal is made of control characters
  /(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]|\u001B[\]PX^_][^\u0007\u001B\u009C]*(?:\u0007|\u001B\\|\u009C)?|\u001B[ -/]*[0-~]/g;
// oxlint-disable-next-line no-control-regex -- these are the control characters
const CONTROLS = /[\u0000-\u0008\u000A-\u001F\u007F-\u009F\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/g;

/** The text alone: no escape codes, no control characters; a tab becomes two spaces. */
export const plain = (text: string): string => text.replaceAll(SEQUENCES, '').replaceAll('\t', '  ').replaceAll(CONTROLS, '');

/** Two columns: East Asian Wide and Fullwidth (Unicode, UAX #11), and what is shown as a picture by itself. */
const WIDE =
  /^[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\uA4CF\uA960-\uA97C\uAC00-\uD7A3\uF900-\uFAFF\uFE10-\uFE19\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{16FE0}-\u{18CFF}\u{1AFF0}-\u{1B2FB}\u{20000}-\u{3FFFD}\p{Emoji_Presentation}]/u;
/** Followed by U+FE0F a sign is shown as a picture. */
const PICTURE = /^\p{Extended_Pictographic}.*\uFE0F/u;
const NO_WIDTH = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]+$/u;
const ASCII = /^[ -~]*$/;

let segmenter: Intl.Segmenter | undefined;
/** What a person takes for one character, each. */
function* characters(text: string): Generator<string> {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  for (const { segment } of segmenter.segment(text)) yield segment;
}

function widthOf(character: string): number {
  if (NO_WIDTH.test(character)) return 0;
  return WIDE.test(character) || PICTURE.test(character) ? 2 : 1;
}

/** Columns; escape codes take none. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of characters(plain(text))) width += widthOf(character);
  return width;
}

/** The first signs, so many columns of them at most. */
function head(text: string, width: number): string {
  let shown = '';
  let left = width;
  for (const character of characters(text)) {
    left -= widthOf(character);
    if (left < 0) break;
    shown += character;
  }
  return shown;
}

/** A text without escape codes, in so many columns at most; what was cut is an ellipsis. */
export function shorten(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  return width <= 0 ? '' : `${head(text, width - 1)}…`;
}

/** A painted text in so many columns at most: what is cut takes no colour with it. */
export function cut(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let left = Math.max(0, width - 1);
  let shown = '';
  let from = 0;
  for (const { index, 0: code } of [...text.matchAll(SEQUENCES), { index: text.length, 0: '' }]) {
    const part = text.slice(from, index);
    const fits = displayWidth(part) <= left;
    shown += fits ? part : `${head(part, left)}…`;
    if (!fits) break;
    left -= displayWidth(part);
    shown += code;
    from = index + code.length;
  }
  return `${shown}\u001B[0m`;
}

/** Filled up with spaces, on the other side of where it stands. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'left' ? text + space : space + text;
}

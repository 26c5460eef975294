/** The colour of a name in a log: process types have theirs in the order of the application, so that neighbours differ and every run looks the same. Pure. */

/**
 * Colours of the xterm palette, neither light nor dark: each has a contrast of at least 3 : 1 to black and to white (WCAG 2.2, 1.4.11).
 * None of them is red, which is the sign of standard error.
 */
export const NAME_COLOURS: readonly number[] = [31, 136, 133, 64, 69, 166, 29, 168, 98, 130];

const DIM = '2';

/** For a name that nobody has put in order. */
function numberOf(name: string): number {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + character.charCodeAt(0)) % 9973;
  return sum;
}

/** Parameters of SGR (ECMA-48) for a process type; `order`: all of them. The master's own words are dim. */
export function nameColour(type: string, order: readonly string[]): string {
  if (type === 'system') return DIM;
  const place = order.indexOf(type);
  const number = place === -1 ? numberOf(type) : place;
  return `38;5;${NAME_COLOURS[number % NAME_COLOURS.length] ?? 31}`;
}

/** Colours of a terminal: how a text gets them, and who wants them. */

import { wantsColour } from '../../policy/colour.ts';

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  inverse: [7, 27],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
} as const;

export type Style = keyof typeof CODES;
export type Paint = (style: Style, text: string) => string;

/** A text between escape codes (ECMA-48 SGR), or as it is. */
export function painter(colour: boolean): Paint {
  if (!colour) return (_, text) => text;
  return (style, text) => {
    const [on, off] = CODES[style];
    return text === '' ? '' : `\u001B[${on}m${text}\u001B[${off}m`;
  };
}

/** --color goes before the two variables: it sets them, for this process and those that it starts. */
export function chooseColour(when: string, env: NodeJS.ProcessEnv = process.env): void {
  if (when === 'auto') return;
  delete env['NO_COLOR'];
  delete env['FORCE_COLOR'];
  env[when === 'always' ? 'FORCE_COLOR' : 'NO_COLOR'] = '1';
}

export const hasColour = (stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): boolean => wantsColour(stream, env);

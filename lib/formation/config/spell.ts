/** Values as text: in JSON, in YAML, in JavaScript, as the rest of the file writes them. */

export type Style = 'json' | 'yaml' | 'code';
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** What YAML takes for a text without quotes, whatever stands around it. */
const PLAIN = /^(?:[A-Za-z_/]|\.{1,2}\/)[\w./@+-]*(?: [\w./@+=-]+)*$/;
/** A figure with a unit is no number. */
const WITH_UNIT = /^\d+(?:ms|s|m|h|d|[kmg]?b)$/;
const NOT_TEXT = /^(?:true|false|null|yes|no|on|off|y|n|~)$/i;
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

const quoted = (text: string, quote: string): string => {
  const json = JSON.stringify(text);
  return quote === '"' ? json : `${quote}${json.slice(1, -1).replaceAll('\\"', '"').replaceAll(quote, `\\${quote}`)}${quote}`;
};

/** A text in the quotes that stood around the one before it. */
export function spellText(text: string, style: Style, quote: string | undefined): string {
  if (style === 'json') return JSON.stringify(text);
  if (style === 'code') return quoted(text, quote === '`' ? "'" : (quote ?? "'"));
  if (quote === "'" && !/[\n\r]/.test(text)) return `'${text.replaceAll("'", "''")}'`;
  const isPlain = (PLAIN.test(text) && !NOT_TEXT.test(text)) || WITH_UNIT.test(text);
  return quote === undefined && isPlain ? text : JSON.stringify(text);
}

export function spellKey(key: string, style: Style, quote = "'"): string {
  if (style === 'json') return JSON.stringify(key);
  if (style === 'yaml') return spellText(key, 'yaml', undefined);
  return IDENTIFIER.test(key) ? key : quoted(key, quote);
}

/** A value on one line. */
export function spell(value: Json, style: Style, quote: string | undefined): string {
  if (typeof value === 'string') return spellText(value, style, quote);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map((item: Json) => spell(item, style, quote)).join(', ')}]`;
  const entries = Object.entries(value).map(([key, inner]: [string, Json]) => `${spellKey(key, style, quote)}: ${spell(inner, style, quote)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

/** Times and sizes as people write them, as types. */

/** Milliseconds, or a text with a unit: `'500ms'`, `'30s'`, `'10m'`, `'1h'`, `'7d'`. */
export type Duration = number | DurationText;
export type DurationText = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

/** Bytes, or a text with a unit (of 1024): `'64kb'`, `'512mb'`, `'2gb'`. */
export type Size = number | SizeText;
export type SizeText = `${number}${'b' | 'kb' | 'mb' | 'gb' | 'KB' | 'MB' | 'GB'}`;

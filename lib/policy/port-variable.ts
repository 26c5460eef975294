/** The port that a variable names; `undefined` for what is none. Pure. */
export const portIn = (text = ''): number | undefined => (/^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined);

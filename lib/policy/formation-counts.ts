/** The words of a formation: `all=1,web=2` → how many there are to be of each type. Pure. Source of the form: foreman's -m, honcho's -c. */

export type Counts =
  | { readonly kind: 'counts'; readonly quantities: ReadonlyMap<string, number> }
  | { readonly kind: 'invalid'; readonly word: string }
  | { readonly kind: 'unknown'; readonly type: string };

/** More of one type is a mistake of typing. */
const MOST = 1000;
const WORD = /^(?<type>[\w-]+)\s*=\s*(?<count>\d{1,6})$/;

/**
 * @param types those that there are; `all` stands for each of them, and a type that is named goes before it
 * @param others how many there are of what is not named, when there is no `all`
 */
export function countsOf(text: string, types: readonly string[], others: number): Counts {
  const named = new Map<string, number>();
  for (const word of text.split(',').map(one => one.trim())) {
    const { type, count } = WORD.exec(word)?.groups ?? {};
    if (type === undefined || count === undefined || Number(count) > MOST) return { kind: 'invalid', word };
    if (type !== 'all' && !types.includes(type)) return { kind: 'unknown', type };
    named.set(type, Number(count));
  }
  const rest = named.get('all') ?? others;
  return { kind: 'counts', quantities: new Map(types.map(type => [type, named.get(type) ?? rest])) };
}

/** The words of `brood scale`: `web=4`, `web+1`, `web-1` → quantities. Source of the form: Heroku's ps:scale. */

export type Scaled =
  | { readonly kind: 'scaled'; readonly quantities: ReadonlyMap<string, number> }
  | { readonly kind: 'invalid'; readonly word: string }
  | { readonly kind: 'unknown'; readonly type: string }
  /** It would be fewer than none, or more than anybody runs. */
  | { readonly kind: 'out-of-range'; readonly word: string; readonly type: string; readonly before: number; readonly most: number };

const MOST = 4096;
/** Of a process type beside the cluster, unless it is said otherwise. As the plans of BlueKing have it: more is seldom meant. */
export const MOST_INSTANCES = 5;
const WORD = /^(?<type>[A-Za-z\d][A-Za-z\d_-]*?)(?<sign>[=+-])(?<count>\d{1,6})$/;

/** `current`: how many there are wanted of each type now. */
export function scaled(words: readonly string[], current: ReadonlyMap<string, number>): Scaled {
  const quantities = new Map<string, number>();
  for (const word of words) {
    const { type, sign, count } = WORD.exec(word)?.groups ?? {};
    if (type === undefined || count === undefined) return { kind: 'invalid', word };
    const before = quantities.get(type) ?? current.get(type);
    if (before === undefined) return { kind: 'unknown', type };
    const amount = Number(count);
    const after = sign === '=' ? amount : sign === '+' ? before + amount : before - amount;
    if (after < 0 || after > MOST) return { kind: 'out-of-range', word, type, before, most: MOST };
    quantities.set(type, after);
  }
  return { kind: 'scaled', quantities };
}

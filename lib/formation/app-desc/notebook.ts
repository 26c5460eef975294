/** What is noticed while a description is read, each with its place; and the bounds of what is looked at. */
import { nearest } from '../../policy/nearest.ts';
import { pointAt } from '../../policy/source-frame.ts';
import type { Span } from '../config/tree.ts';
import type { Remark, RemarkLevel } from '../remark.ts';

/** Nobody mends more at a time. */
const MOST_REMARKS = 100;

/** A few aliases of YAML can stand for millions of values. */
const MOST_VALUES = 20_000;

/** Deeper than any description, and less than the stack holds. */
const DEEPEST = 100;

/** There is more to tell than anybody reads. */
export class Enough extends Error {}

/** There is more in it than a description has. */
export class TooMuch extends Error {}

/** Where something stands, and how it is called in a message. */
export interface Place {
  readonly name: string;
  readonly span: Span;
  readonly depth: number;
}

/** The key `step` of what stands at `place`, or its item. */
export const inside = ({ name, depth }: Place, step: string | number, span: Span): Place => ({
  name: typeof step === 'number' ? `${name}[${step}]` : name === '' ? step : `${name}.${step}`,
  span,
  depth: depth + 1,
});

/** Where the parts of an object stand, by the names that they have in the program. */
interface Parts {
  readonly whole: Place;
  readonly keys: ReadonlyMap<string, Place>;
}

export class Notebook {
  readonly text: string;
  readonly remarks: Remark[] = [];
  readonly #parts = new WeakMap<object, Parts>();
  #values = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** One more value is looked at. */
  count({ depth }: Place): void {
    if (++this.#values > MOST_VALUES || depth > DEEPEST) throw new TooMuch();
  }

  add(level: RemarkLevel, { rule, message, remedy }: Pick<Remark, 'rule' | 'message' | 'remedy'>, span?: Span): void {
    this.remarks.push({ level, rule, message, remedy, ...(span === undefined ? {} : pointAt(this.text, span.from)) });
    if (this.remarks.length >= MOST_REMARKS) throw new Enough();
  }

  error(remark: Pick<Remark, 'rule' | 'message' | 'remedy'>, span?: Span): void {
    this.add('error', remark, span);
  }

  /** A name that must be one of `known`. */
  unknownName(remark: Pick<Remark, 'rule' | 'message'>, name: string, known: readonly string[], span: Span | undefined): void {
    const meant = nearest(name.slice(0, 100), known);
    const remedy = meant !== undefined ? `Did you mean "${meant}"?` : known.length === 0 ? 'There is none.' : `There are: ${known.join(', ')}.`;
    this.error({ ...remark, remedy }, span);
  }

  /** Remembers where an object that has been read stands. */
  remember(value: object, whole: Place, keys: ReadonlyMap<string, Place>): void {
    this.#parts.set(value, { whole, keys });
  }

  /** Where the key of an object stands; the object itself, when it has no such key. */
  placeIn(value: object, key?: string | number): Place | undefined {
    const parts = this.#parts.get(value);
    return (key === undefined ? undefined : parts?.keys.get(String(key))) ?? parts?.whole;
  }
}

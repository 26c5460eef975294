/** The members of a request's body, each checked when it is read. */
import { BroodError } from '../errors.ts';

const wrong = (reason: string): BroodError => new BroodError('BROOD_CONTROL_REQUEST', { reason });
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(one => typeof one === 'string');

export class RequestBody {
  readonly #body: Readonly<Record<string, unknown>>;

  constructor(body: Readonly<Record<string, unknown>>, known: readonly string[]) {
    const unknown = Object.keys(body).find(key => !known.includes(key));
    if (unknown !== undefined) throw wrong(`"${unknown}" is no member; there are: ${known.join(', ')}`);
    this.#body = body;
  }

  texts(key: string): readonly string[] | undefined {
    const value = this.#own(key);
    if (value === undefined || isTexts(value)) return value;
    throw wrong(`"${key}" must be a list of strings`);
  }

  text(key: string): string | undefined {
    const value = this.#own(key);
    if (value === undefined || (typeof value === 'string' && value !== '')) return value;
    throw wrong(`"${key}" must be a text`);
  }

  number(key: string): number | undefined {
    const value = this.#own(key);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < 2 ** 31) return value;
    throw wrong(`"${key}" must be a whole number of milliseconds`);
  }

  flag(key: string, fallback = false): boolean {
    const value = this.#own(key);
    if (value === undefined || typeof value === 'boolean') return value ?? fallback;
    throw wrong(`"${key}" must be true or false`);
  }

  record(key: string): Readonly<Record<string, string>> | undefined {
    const value = this.#own(key);
    if (value === undefined) return undefined;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(`"${key}" must be an object of strings`);
    const entries = Object.entries(value);
    if (entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) return Object.fromEntries(entries);
    throw wrong(`"${key}" must be an object of strings`);
  }

  needed<Value>(key: string, value: Value | undefined): Value {
    if (value === undefined) throw wrong(`"${key}" is missing`);
    return value;
  }

  #own(key: string): unknown {
    return Object.hasOwn(this.#body, key) ? this.#body[key] : undefined;
  }
}

/** The sessions that were opened at this worker, and where others were opened. Both forget the oldest. */
import type { Homes } from './homes.ts';

/** Sessions that are remembered as opened here, and at others. */
const OPENED = 200_000;
const KNOWN = 50_000;

class Recent<Value> {
  readonly #values = new Map<string, Value>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** What is asked for was used, and so is forgotten last. */
  get(key: string): Value | undefined {
    const value = this.#values.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: string, value: Value): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size <= this.#most) return;
    for (const oldest of this.#values.keys()) return void this.#values.delete(oldest);
  }

  delete(key: string): void {
    this.#values.delete(key);
  }
}

export class Sessions {
  readonly #homes: Homes;
  readonly #ask: (id: number, session: string) => Promise<boolean>;
  readonly #opened = new Recent<true>(OPENED);
  readonly #known = new Recent<number>(KNOWN);
  readonly #asking = new Map<string, Promise<number>>();

  /** `ask`: whether a session was opened at another worker; false when it does not answer. */
  constructor(homes: Homes, ask: (id: number, session: string) => Promise<boolean>) {
    this.#homes = homes;
    this.#ask = ask;
  }

  /** A response of this worker has given this session out. */
  open(session: string): void {
    this.#opened.set(session, true);
  }

  isOpen(session: string): boolean {
    return this.#opened.get(session) === true;
  }

  /** The worker at which it was opened; where nobody knows it, the one that its hash says, so that all agree. */
  homeOf(session: string): number | Promise<number> {
    if (this.isOpen(session)) return this.#homes.self;
    const known = this.#known.get(session);
    if (known !== undefined && this.#homes.has(known)) return known;
    const asking = this.#asking.get(session) ?? this.#find(session).finally(() => this.#asking.delete(session));
    this.#asking.set(session, asking);
    return asking;
  }

  /** The first one who says yes; who is silent holds up nobody but the sessions that nobody else knows. */
  async #find(session: string): Promise<number> {
    const asked = this.#homes.others().map(async id => {
      if (await this.#ask(id, session)) return id;
      throw new Error('not here');
    });
    const found = await Promise.any(asked).catch(() => undefined);
    if (found === undefined) return this.#homes.of(session);
    this.#known.set(session, found);
    return found;
  }
}

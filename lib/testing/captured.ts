/** The output of a cluster under test, kept as text. */
import { Writable } from 'node:stream';
import { BroodError } from '../errors.ts';
import { lastOf, matches } from './logs.ts';
import { callerPlace } from './place.ts';

const WITHIN = 10_000;
/** So many characters at the end are kept. */
const MOST = 4 * 1024 * 1024;
// A test may put fake timers in the place of these.
const { setTimeout: later, clearTimeout: never } = globalThis;

export class CapturedOutput {
  readonly #name: string;
  readonly #changed = new Set<() => void>();
  #text = '';
  /** What the processes write to. */
  readonly stream: Writable;

  /** `echo`: written on to this one as well. */
  constructor(name: 'stdout' | 'stderr', echo: Writable | undefined) {
    this.#name = name;
    this.stream = new Writable({
      decodeStrings: false,
      write: (chunk: Buffer | string, _encoding, done) => {
        this.add(chunk.toString());
        echo?.write(chunk);
        done();
      },
    });
  }

  /** Everything that was written since the start, or the last clear(); at most the last 4 Mi characters. */
  get text(): string {
    return this.#text;
  }

  get lines(): readonly string[] {
    return this.#text.split('\n').filter(line => line !== '');
  }

  clear(): void {
    this.#text = '';
  }

  /** For the test kit: more text. */
  add(text: string): void {
    this.#text = (this.#text + text).slice(-MOST);
    for (const look of this.#changed) look();
  }

  /**
   * Resolves with the match as soon as the text has one; with a string, it is that text.
   *
   * @param within milliseconds; default 10,000
   * @throws BROOD_TEST_NO_OUTPUT when it has none by then
   */
  waitFor(pattern: RegExp | string, { within = WITHIN }: { readonly within?: number } = {}): Promise<RegExpMatchArray> {
    const place = callerPlace();
    const find = (): RegExpMatchArray | undefined => {
      if (!matches(this.#text, pattern)) return undefined;
      return typeof pattern === 'string' ? [pattern] : (new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, '')).exec(this.#text) ?? undefined);
    };
    const there = find();
    if (there !== undefined) return Promise.resolve(there);
    return new Promise((resolve, reject) => {
      const end = (): void => {
        never(timer);
        this.#changed.delete(look);
      };
      const look = (): void => {
        const found = find();
        if (found === undefined) return;
        end();
        resolve(found);
      };
      const timer = later(() => {
        end();
        reject(
          new BroodError('BROOD_TEST_NO_OUTPUT', {
            stream: this.#name,
            pattern: String(pattern),
            within,
            place,
            seen: lastOf(this.lines, 'It said nothing at all.'),
          }),
        );
      }, within);
      this.#changed.add(look);
    });
  }
}

/** What was logged, kept for expectLog(). */
import type { LogEntry, Logger } from '../app/logger.ts';
import { BroodError } from '../errors.ts';

/** One line of a logger. */
export interface LoggedLine extends LogEntry {
  /** `app`, `agent`, or `logger` for one that mockLog() was given. */
  readonly from: string;
}

/** So many of the last lines are kept. */
const MOST = 10_000;
const SHOWN = 5;

export const matches = (text: string, pattern: string | RegExp): boolean =>
  typeof pattern === 'string' ? text.includes(pattern) : new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, '')).test(text);

export const shownPattern = (pattern: string | RegExp): string => (typeof pattern === 'string' ? JSON.stringify(pattern) : String(pattern));

/** The last of these lines, for an error. */
export const lastOf = (lines: readonly string[], nothing: string): string =>
  lines.length === 0
    ? nothing
    : `Last came:\n${lines
        .slice(-SHOWN)
        .map(line => `    ${line.trimEnd()}`)
        .join('\n')}`;

/** @throws BROOD_TEST_NO_LOG when no line has it */
export function expectLine(lines: readonly string[], pattern: string | RegExp): void {
  if (lines.some(line => matches(line, pattern))) return;
  throw new BroodError('BROOD_TEST_NO_LOG', {
    pattern: shownPattern(pattern),
    seen: lastOf(lines, 'Nothing was logged at all; is the level of the logger right?'),
  });
}

/** @throws BROOD_TEST_LOG when a line has it */
export function expectNoLine(lines: readonly string[], pattern: string | RegExp): void {
  const line = lines.find(one => matches(one, pattern));
  if (line !== undefined) throw new BroodError('BROOD_TEST_LOG', { pattern: shownPattern(pattern), line: line.trimEnd() });
}

export class LogBook {
  #lines: (LoggedLine & { readonly logger: Logger })[] = [];
  readonly #taps = new Map<Logger, () => void>();

  get lines(): readonly LoggedLine[] {
    return this.#lines.map(({ logger: _logger, ...line }) => line);
  }

  follow(logger: Logger, from: string): void {
    if (this.#taps.has(logger)) return;
    const untap = logger.tap(entry => {
      this.#lines.push({ ...entry, from, logger });
      if (this.#lines.length > MOST) this.#lines = this.#lines.slice(-MOST / 2);
    });
    this.#taps.set(logger, untap);
  }

  /** What these lines say; those of one logger, if one is given. */
  messages(logger?: Logger): readonly string[] {
    return this.#lines.filter(line => logger === undefined || line.logger === logger).map(({ message }) => message);
  }

  forget(): void {
    this.#lines = [];
  }

  close(): void {
    for (const untap of this.#taps.values()) untap();
    this.#taps.clear();
  }
}

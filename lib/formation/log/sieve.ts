/** Which lines somebody wants to see. A pattern of a user runs under a time limit: one that backtracks for ever ends the reading, not this process. */
import vm from 'node:vm';
import { BroodError } from '../../errors.ts';
import { isAtLeast, levelOf } from '../../policy/log-display.ts';
import type { LogFilter } from './filter.ts';
import type { Line } from './join.ts';

/** Milliseconds that a pattern may take for some thousand lines; they need less than one. */
const PATIENCE = 250;

/** Runs a pattern over many lines. @throws BROOD_LOG_PATTERN */
function matcher(pattern: RegExp): (lines: readonly Line[]) => readonly Line[] {
  // A pattern that remembers where it was would miss lines.
  const fresh = new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, ''));
  const context = vm.createContext(Object.assign(Object.create(null), { pattern: fresh, texts: [] as readonly string[] }), {
    codeGeneration: { strings: false },
  });
  const script = new vm.Script('texts.map(text => pattern.test(text))');
  return lines => {
    Object.assign(context, { texts: lines.map(({ text }) => text) });
    try {
      const matches: unknown = script.runInContext(context, { timeout: PATIENCE });
      return lines.filter((_, index) => Array.isArray(matches) && matches[index] === true);
    } catch (error) {
      throw new BroodError('BROOD_LOG_PATTERN', { pattern: pattern.source }, { cause: error });
    }
  };
}

/** A function that lets pass what the filter wants. */
export function sieveOf({ names, stream, grep, level, since, until }: LogFilter): (lines: readonly Line[]) => readonly Line[] {
  const from = since?.toISOString() ?? '';
  // The end of its millisecond.
  const to = until === undefined ? '~' : `${until.toISOString()}~`;
  const matching = grep === undefined ? (lines: readonly Line[]) => lines : matcher(grep);
  const wanted = (line: Line): boolean =>
    (names === undefined || names.name(line.name)) &&
    (stream === undefined || line.stream === stream) &&
    line.time >= from &&
    line.time <= to &&
    (level === undefined || isAtLeast(levelOf(line.text, line.stream), level));
  return lines => {
    const some = lines.filter(wanted);
    return some.length === 0 ? some : matching(some);
  };
}

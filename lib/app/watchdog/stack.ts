/** Looks at what the main thread is doing, from another thread: stops it for some milliseconds, and takes the stack. */
import { Session } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import { MOST_FRAMES, MOST_REQUESTS } from '../../observed.ts';
import type { StackFrame } from '../../observed.ts';
import { isListOf } from '../../shapes.ts';
import { UNDER_WAY } from './sight.ts';

/** Who looks. */
export interface Looker {
  /** Asked while the main thread is stopped; true: it had gone on by itself, and is stopped at something innocent. */
  readonly isOver: () => boolean;
  /** The main thread answers, and so runs JavaScript: it tells of each file that it has loaded, first of all. */
  readonly answers: () => void;
  readonly seen: (seen: Seen) => void;
}

/** What is seen of the main thread. */
export interface Seen {
  readonly stack: readonly StackFrame[];
  readonly requests: readonly string[];
}

/** The few things of the messages of V8 that are read here. */
interface CallFrame {
  readonly functionName: string;
  readonly location: { readonly scriptId: string; readonly lineNumber: number; readonly columnNumber?: number | undefined };
}

const pathOf = (url: string): string => {
  try {
    return url.startsWith('file:') ? fileURLToPath(url) : url;
  } catch {
    return url;
  }
};

const frameOf = ({ functionName, location }: CallFrame, scripts: ReadonlyMap<string, string>): StackFrame => ({
  function: (functionName === '' ? '(anonymous)' : functionName).slice(0, 256),
  file: pathOf(scripts.get(location.scriptId) ?? '(no file)').slice(0, 1024),
  line: location.lineNumber + 1,
  column: (location.columnNumber ?? 0) + 1,
});

const isRequests = (value: unknown): value is readonly string[] => isListOf(value, MOST_REQUESTS, item => typeof item === 'string');

/** Milliseconds after which the main thread goes on in any case. */
const LONGEST_STOP = 500;

/**
 * Stops the main thread at its next step in JavaScript, calls `seen` and lets it go on. While it runs native code there
 * is no such step: `seen` is called when that returns, with the call that has led there.
 *
 * @returns takes the order back
 */
export function lookAtMain({ isOver, answers, seen }: Looker): () => void {
  const session = new Session();
  session.connectToMainThread();
  const scripts = new Map<string, string>();
  let open = true;
  const leave = (): void => {
    if (!open) return;
    open = false;
    session.post('Debugger.disable', () => session.disconnect());
  };
  session.on('Debugger.scriptParsed', ({ params }) => {
    scripts.set(params.scriptId, params.url);
    answers();
  });
  session.on('Debugger.paused', ({ params }) => {
    const goOn = (): void => {
      session.post('Debugger.resume');
      leave();
    };
    if (!open || isOver()) return goOn();
    // Who is disconnected holds nobody.
    const rescue = setTimeout(() => session.disconnect(), LONGEST_STOP);
    const stack = params.callFrames.slice(0, MOST_FRAMES).map(frame => frameOf(frame, scripts));
    const expression = `globalThis[Symbol.for('${UNDER_WAY}')]?.()`;
    session.post('Runtime.evaluate', { expression, returnByValue: true, silent: true }, (_error, answer) => {
      clearTimeout(rescue);
      goOn();
      const requests: unknown = answer?.result.value;
      seen({ stack, requests: isRequests(requests) ? requests : [] });
    });
  });
  session.post('Debugger.enable');
  session.post('Debugger.pause');
  return leave;
}

/** Waits that are longer than a timer of Node.js can be. */

/** The longest delay of setTimeout(); beyond it fires at once. */
const LONGEST = 2 ** 31 - 1;

/** Calls `then` after so many milliseconds, however many; the result ends that. The timer does not keep the process alive. */
export function later(milliseconds: number, then: () => void): () => void {
  let timer: NodeJS.Timeout;
  const arm = (left: number): void => {
    timer = setTimeout(() => (left > LONGEST ? arm(left - LONGEST) : then()), Math.min(left, LONGEST)).unref();
  };
  arm(milliseconds);
  return () => clearTimeout(timer);
}

/** Resolves `true` after so many milliseconds, `false` as soon as the signal is aborted. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve(false);
    const cancel = later(milliseconds, () => {
      signal.removeEventListener('abort', abort);
      resolve(true);
    });
    const abort = (): void => {
      cancel();
      resolve(false);
    };
    signal.addEventListener('abort', abort, { once: true });
  });
}

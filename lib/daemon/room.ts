/** Waits until a stream takes more, without a listener that stays. */
import type { Writable } from 'node:stream';

const EVENTS = ['drain', 'close', 'error'] as const;

/** Resolves when the stream has been emptied, or when nobody reads it any more. */
export function roomIn(stream: Writable): Promise<void> {
  return new Promise(resolve => {
    const go = (): void => {
      for (const event of EVENTS) stream.off(event, go);
      resolve();
    };
    for (const event of EVENTS) stream.on(event, go);
  });
}

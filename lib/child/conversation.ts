/** Talking to a child that has a pipe as its standard input: what it is told, and what it answers, byte for byte. */
import type { ChildProcess } from 'node:child_process';
import type { Conversation } from './child.ts';
import type { Tail } from './output.ts';

/** Nothing where it has no such pipe; `tails`: the ends of what it has written. */
export function conversationOf({ stdin, stdout, stderr }: ChildProcess, tails: readonly Tail[]): Conversation | undefined {
  if (stdin === null || stdin === undefined) return undefined;
  // EPIPE: it has closed its end, or has ended while something was on its way to it.
  stdin.on('error', () => {});
  return {
    input: stdin,
    unfinished: () => Buffer.concat(tails.map(tail => tail.unfinished())),
    hear(listener) {
      // A further listener: whoever pauses a stream for the sake of the log pauses it for both, and the other way round nobody does.
      const streams = [stdout, stderr].filter(stream => stream !== null);
      for (const stream of streams) stream.on('data', listener);
      return () => {
        for (const stream of streams) stream.off('data', listener);
      };
    },
  };
}

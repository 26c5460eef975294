/**
 * A client and an instance, byte for byte: the input waits where the instance does not read it, the output is lost where the client does
 * not. Nothing of it ever holds up the log of the instance.
 */
import type { Conversation } from '../child/child.ts';
import type { Wire } from './wire.ts';

/** While so many bytes wait for the instance nothing more is read from the client. */
const MOST_UNTAKEN = 256 * 1024;
/** A client that has not read so many bytes loses what comes then. */
const MOST_UNREAD = 1024 * 1024;

export interface Talk {
  /** The instance does not read, and the client is not read for that reason: whether it is still there cannot be seen. */
  isStuck(): boolean;
  end(): void;
  readonly ended: Promise<void>;
}

/** Hands output on; the result tells of what is missing, and ends that. */
function show(conversation: Conversation, wire: Wire): () => void {
  let dropped = 0;
  const tell = (): void => {
    if (dropped > 0) wire.write(`\n[${dropped} bytes are missing here: they came faster than they were read]\n`);
    dropped = 0;
  };
  const prompt = conversation.unfinished();
  if (prompt.length > 0) wire.write(prompt);
  const stop = conversation.hear(chunk => {
    if (wire.writableLength > MOST_UNREAD) dropped += chunk.length;
    else {
      tell();
      wire.write(chunk);
    }
  });
  wire.on('drain', tell);
  return () => {
    stop();
    wire.off('drain', tell);
    tell();
  };
}

/** Hands input on; the result ends that. */
function listen({ input }: Conversation, wire: Wire): () => void {
  const resume = (): void => void wire.resume();
  const waitForRoom = (): void => {
    if (input.writable && input.writableLength > MOST_UNTAKEN) wire.pause();
  };
  const take = (chunk: Buffer): void => {
    // It may have closed its standard input; then nobody hears it.
    if (input.writable) input.write(chunk);
    waitForRoom();
  };
  wire.on('data', take);
  // What the one before has sent may be there still.
  waitForRoom();
  input.on('drain', resume).on('close', resume);
  return () => {
    wire.off('data', take);
    input.off('drain', resume).off('close', resume);
  };
}

/** Begins at once. It ends with the client, with `signal`, or by {@link Talk.end}. */
export function talk(conversation: Conversation, wire: Wire, signal: AbortSignal): Talk {
  const over = { come: (): void => {} };
  const ended = new Promise<void>(resolve => (over.come = resolve));
  const parts = [show(conversation, wire), listen(conversation, wire)];
  let end = (): void => {
    end = () => {};
    for (const stop of parts) stop();
    signal.removeEventListener('abort', ending);
    // Its end is to be seen.
    wire.resume();
    wire.end();
    over.come();
  };
  const ending = (): void => end();
  wire.on('end', ending).on('close', ending);
  signal.addEventListener('abort', ending);
  if (signal.aborted) end();
  return { isStuck: () => wire.isPaused(), end: ending, ended };
}

/** `brood attach NAME`: what is typed goes to the standard input of an instance, what it writes is shown as it comes. It goes on when we leave. */
import type { ControlEvent, DeathStatus } from '../daemon/api.ts';
import type { Attached, ControlClient } from '../daemon/control-client.ts';
import { roomIn } from '../daemon/room.ts';
import { BroodError } from '../errors.ts';
import { clientOf } from './client.ts';
import type { Given } from './command.ts';
import { fullEnding } from './render/ending.ts';
import { say, UsageError } from './tell.ts';

/** Sends what is typed, as it is read. The end of a terminal's input is the wish to leave; that of a pipe says nothing. */
function sendInput({ stdin }: NodeJS.Process, { wire }: Attached, leave: () => void): void {
  stdin.on('data', (chunk: Buffer) => {
    if (wire.writable && !wire.write(chunk)) stdin.pause();
  });
  wire.on('drain', () => stdin.resume());
  stdin.on('error', () => {});
  if (stdin.isTTY) stdin.once('end', leave);
}

/** Shows what comes, until the instance has ended, or we have left, or nobody reads our output any more. */
async function showOutput({ stdout }: NodeJS.Process, { wire }: Attached): Promise<void> {
  try {
    for await (const chunk of wire) {
      // Proven by the socket: without an encoding it gives buffers.
      if (!stdout.write(chunk as Buffer) && stdout.writable) await roomIn(stdout);
      if (!stdout.writable) return;
    }
  } catch {
    // The connection breaks off: what that means is found out by whoever waits for this.
  }
}

async function deathOf(pid: number, events: AsyncIterable<ControlEvent>): Promise<DeathStatus | undefined> {
  for await (const event of events) if (event.kind === 'death' && event.death.pid === pid) return event.death;
  return undefined;
}

/** @throws BROOD_ATTACH_LOST, BROOD_MASTER_GONE */
async function tellEnd(client: ControlClient, { name, pid }: Attached, events: AsyncIterable<ControlEvent>): Promise<void> {
  const stillRuns = await client.inspect(name).then(
    ({ current }) => current.some(one => one.pid === pid),
    () => false,
  );
  if (stillRuns) throw new BroodError('BROOD_ATTACH_LOST', { name });
  const death = await deathOf(pid, events);
  if (death === undefined) throw new BroodError('BROOD_MASTER_GONE', { command: 'attach' });
  say(`${name} (pid ${pid}) has ended: ${fullEnding(death)}`);
}

/** Resolves with the exit code. */
export async function attach([target, ...more]: readonly string[], given: Given): Promise<number> {
  if (target === undefined || more.length > 0) throw new UsageError('attach takes one instance: brood attach web.1');
  const client = await clientOf(given);
  // Before we are attached, so that the end is not missed.
  const events = await client.hear(['death']);
  const attached = await client.attach(target);
  const { wire, name, pid } = attached;
  let hasLeft = false;
  const leave = (): void => {
    hasLeft = true;
    // What was typed is sent before; whoever is in a hurry presses Ctrl-C.
    wire.end();
  };
  const breakOff = (): void => {
    hasLeft = true;
    wire.destroy();
  };
  process.once('SIGINT', breakOff).once('SIGTERM', breakOff).once('SIGHUP', breakOff);
  say(`attached to ${name} (pid ${pid}); to leave it, and let it go on: ${process.stdin.isTTY ? 'Ctrl-D or Ctrl-C' : 'Ctrl-C'}`);
  wire.on('error', () => {});
  sendInput(process, attached, leave);
  await showOutput(process, attached);
  if (hasLeft || !process.stdout.writable) say(`left ${name}; it goes on`);
  else await tellEnd(client, attached, events);
  return 0;
}

/** The pipe on which a thread of a child tells what blocks the event loop: the channel is out of the loop's own hands then. */
import type { ChildProcess, IOType } from 'node:child_process';
import { Readable } from 'node:stream';
import type { ProcessSpec } from '../model.ts';
import { isOurs, readFromChild } from '../protocol-guards.ts';
import { HANG_FD } from '../protocol.ts';
import type { FromChild } from '../protocol.ts';
import type { Report } from './child.ts';

/** A report is never longer than so many characters. */
const LONGEST = 65_536;

/** What a child with an IPC channel is given for its file descriptors. */
export const stdioOf = ({ hangPipe = false }: ProcessSpec): (IOType | 'ipc')[] => ['pipe', 'pipe', 'pipe', 'ipc', ...(hangPipe ? (['pipe'] as const) : [])];

function messageIn(line: string): FromChild | undefined {
  try {
    const message: unknown = JSON.parse(line);
    return isOurs(message) ? readFromChild(message) : undefined;
  } catch {
    return undefined;
  }
}

/** Reports what comes on the pipe, if the child has one. What no child of ours writes is a violation, and the last that is read. */
export function hearHangs(child: ChildProcess, report: Report): void {
  const pipe: unknown = child.stdio[HANG_FD];
  if (!(pipe instanceof Readable)) return;
  let rest = '';
  const refuse = (): void => {
    rest = '';
    pipe.destroy();
    report({ type: 'violation', what: 'something else than a report on the pipe for what blocks the event loop', fatal: false });
  };
  pipe.setEncoding('utf8');
  pipe.on('error', () => {});
  pipe.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = messageIn(line);
      if (message?.kind !== 'hang') return refuse();
      report({ type: 'hang', report: message.report });
    }
    if (rest.length > LONGEST) refuse();
  });
}

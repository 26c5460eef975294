/** Gets a report out of a process whose event loop stands still: lines to where the process logs, a message to the master. */
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import type { HangReport } from '../../observed.ts';
import { eggLine } from '../../policy/egg-line.ts';
import { hangText, stackText } from '../../policy/hang.ts';
import { HANG_FD } from '../../protocol.ts';
import type { FromChild } from '../../protocol.ts';
import { jsonLine, prettyLine } from '../log/line.ts';
import type { Call } from '../log/line.ts';
import type { Destination } from '../log/sink.ts';
import type { Sight } from './sight.ts';

const STANDARD_ERROR = 2;
/** A pipe that is full is tried so often, with so many milliseconds between. */
const TRIES = 20;
const PAUSE = 5;

const clock = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** Everything, or as much as the other end takes: nobody may be held up by a report. */
function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  for (let tries = 0; written < bytes.length && tries < TRIES; tries++) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (error) {
      if (!(error instanceof Error) || Reflect.get(error, 'code') !== 'EAGAIN') return;
      Atomics.wait(clock, 0, 0, PAUSE);
    }
  }
}

/** One whole line in one write, as the logger of the process does it. */
function appendTo(path: string, line: string): void {
  try {
    const fd = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW);
    writeAll(fd, line);
    closeSync(fd);
  } catch {
    // Its own logger says what is wrong with the file, when it can speak again.
  }
}

/** The report as an error, which is how a line of JSON carries a stack. */
function asError(report: HangReport, text: string): Error {
  const error = new Error(text);
  error.stack = `${text}\n${stackText(report)}`;
  Object.defineProperty(error, 'name', { value: 'EventLoopHang', enumerable: false });
  return error;
}

function lineFor({ format, colour }: Destination, origin: Sight['origin'], report: HangReport): string {
  const at = Date.now();
  const text = hangText(report);
  const whole = report.stack.length === 0 || report.ended !== undefined ? text : `${text}\n${stackText(report)}`;
  if (format === 'egg') return eggLine('WARN', whole, process.pid, new Date(at));
  const call: Omit<Call, 'parts'> = { level: 'warn', at, origin, name: undefined, fields: undefined };
  if (format === 'pretty') return prettyLine({ ...call, parts: [whole] }, colour);
  return jsonLine({ ...call, parts: [whole === text ? text : asError(report, text)] });
}

/** Tells whom it concerns; nothing here needs the event loop of the main thread, or throws. */
export function tellHang({ origin, destinations }: Sight, report: HangReport): void {
  for (const destination of destinations) {
    const line = lineFor(destination, origin, report);
    if (destination.path === undefined) writeAll(STANDARD_ERROR, line);
    else appendTo(destination.path, line);
  }
  const message: FromChild = { kind: 'hang', report };
  writeAll(HANG_FD, `${JSON.stringify({ brood: message })}\n`);
}

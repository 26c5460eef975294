/** Takes one stream of one instance: bytes become pieces, and the source waits while those who take them have no room. */
import type { ByteSink } from '../../child/output.ts';
import { LineSplitter } from './splitter.ts';
import type { LogStream, Part } from '../../policy/log-line.ts';

/** Who takes what comes. */
export interface Takers {
  emit(body: Buffer, part: Part, stream: LogStream): void;
  /** Whether the source may go on; when not, `resume` is called when it may. */
  hasRoom(resume: () => void): boolean;
  forget(resume: () => void): void;
}

/** @param pass takes the same bytes, unchanged and before anybody else */
export function sinkOf(stream: LogStream, takers: Takers, pass: ByteSink | undefined): ByteSink {
  const splitter = new LineSplitter((body, part) => takers.emit(body, part, stream));
  const waits = { pass: false, room: false };
  let resumeSource: () => void = () => {};
  const resumeOf = (what: keyof typeof waits) => (): void => {
    waits[what] = false;
    if (!waits.pass && !waits.room) resumeSource();
  };
  const [passed, hasRoom] = [resumeOf('pass'), resumeOf('room')];
  return {
    // It may be called also while it has told its source to wait.
    receive(chunk, resume) {
      resumeSource = resume;
      waits.pass = !(pass?.receive(chunk, passed) ?? true);
      splitter.push(chunk);
      waits.room = !takers.hasRoom(hasRoom);
      return !waits.pass && !waits.room;
    },
    end() {
      splitter.end();
      pass?.end();
      takers.forget(hasRoom);
    },
  };
}

/** The new master of an upgrade, as the old one sees it: a process that says how far it is. */
import { fstatSync } from 'node:fs';
import { FIRST_INHERITED, startDetached } from '../child/detached.ts';
import type { Detached } from '../child/detached.ts';
import { BroodError } from '../errors.ts';
import type { Problem } from './api.ts';
import { wordOf } from './background.ts';
import type { Word } from './background.ts';
import { lastWords } from './last-words.ts';
import { LEGACY_VERSION } from './legacy.ts';
import type { Legacy, ToSuccessor } from './legacy.ts';
import { SUCCESSOR_VARIABLE } from './predecessor.ts';
import { trimming } from './trim.ts';
import { isProblem } from './problem.ts';

const STANDARD_ERROR = 2;
/** The words of this process may name paths that begin there. */
const STARTED_IN = process.cwd();

/** What is written to the file that standard error is, from now on; nothing can be read back of a pipe or a terminal. */
function listenToErrors(): () => string {
  try {
    const stat = fstatSync(STANDARD_ERROR);
    return stat.isFile() ? () => lastWords(`/proc/self/fd/${STANDARD_ERROR}`, stat.size) : () => '';
  } catch {
    return () => '';
  }
}

/** The application's own error, which the new master has told. */
function causeOf({ error }: Problem): ErrorOptions {
  return error.cause === undefined ? {} : { cause: Object.assign(new Error(error.cause.split('\n')[0]), { stack: error.cause }) };
}

type Kind = 'hello' | 'serves' | 'promoted';
type Said<Name extends Kind> = Extract<Word, { readonly kind: Name }>;

export interface SuccessorOptions {
  readonly execPath: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly legacy: Omit<Legacy, 'version'>;
}

export class Successor {
  readonly #process: Detached;
  readonly #errors = listenToErrors();
  readonly #said = new Map<string, Word>();
  #problem: Problem | undefined;
  #look: () => void = () => {};
  #end: string | undefined;

  /** Starts it with the words of this process; the Brood is the one that is installed at its place now. */
  constructor({ execPath, environment, legacy }: SuccessorOptions) {
    const fds = [...legacy.sockets.map(({ fd }) => fd), ...(legacy.lock === undefined ? [] : [legacy.lock])];
    const there = (fd: number): number => FIRST_INHERITED + fds.indexOf(fd);
    this.#process = startDetached({
      args: process.argv.slice(1),
      env: trimming({ ...process.env, ...environment, [SUCCESSOR_VARIABLE]: '1' }),
      cwd: STARTED_IN,
      ...(execPath === undefined ? {} : { execPath }),
      inherits: fds,
    });
    this.#process.onMessage(message => this.#hear(message));
    void this.#process.ended.then(how => {
      this.#end = how;
      this.#look();
    });
    this.#tell({
      kind: 'legacy',
      legacy: {
        ...legacy,
        version: LEGACY_VERSION,
        sockets: legacy.sockets.map(socket => ({ ...socket, fd: there(socket.fd) })),
        lock: legacy.lock === undefined ? undefined : there(legacy.lock),
      },
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** It is to be the master from now on. */
  promote(): void {
    this.#tell({ kind: 'promote' });
  }

  /**
   * Resolves when it has said so; `within` milliseconds, or for as long as it takes.
   *
   * @throws BROOD_UPGRADE_FAILED when it has ended, or `late()`
   */
  says<Name extends Kind>(kind: Name, within: number | undefined, late: () => BroodError): Promise<Said<Name>> {
    return new Promise((resolve, reject) => {
      const timer = within === undefined ? undefined : setTimeout(() => reject(late()), within);
      this.#look = () => {
        const word = this.#said.get(kind);
        if (word === undefined && this.#end === undefined) return;
        clearTimeout(timer);
        // Proven by the key that it was found by.
        if (word === undefined) reject(this.#failure(this.#end ?? ''));
        else resolve(word as Said<Name>);
      };
      this.#look();
    });
  }

  /** Ends it; resolves when it is gone. It is killed when that takes longer than `grace` milliseconds. */
  async end(grace: number): Promise<void> {
    this.#process.signal('SIGTERM');
    const timer = setTimeout(() => this.#process.signal('SIGKILL'), grace);
    await this.#process.ended;
    clearTimeout(timer);
  }

  #tell(word: ToSuccessor): void {
    this.#process.send({ upgrade: word });
  }

  #hear(message: unknown): void {
    const word = wordOf(message);
    if (isProblem(word)) this.#problem = word;
    else if (word !== undefined) this.#said.set(word.kind, word);
    this.#look();
  }

  #failure(how: string): BroodError {
    const goesOn = `this one (pid ${process.pid}) goes on`;
    if (this.#problem === undefined)
      return new BroodError('BROOD_UPGRADE_FAILED', { goesOn, how: `ended: ${how}`, hint: 'See what it wrote: brood logs system', lastLines: this.#errors() });
    const { message, hint, frame, instance, lastLines } = this.#problem.error;
    return new BroodError(
      'BROOD_UPGRADE_FAILED',
      { goesOn, how: `could not start: ${message}`, hint, frame, name: instance, lastLines: lastLines?.join('\n') },
      causeOf(this.#problem),
    );
  }
}

/** What goes out on a socket: everything of one turn in one write. */
import type { Socket } from 'node:net';

/** From so many bytes on it is written at once. */
const MUCH = 64 * 1024;

export class Outlet {
  readonly #socket: Socket;
  #parts: Buffer[] = [];
  #size = 0;
  #isScheduled = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** The other end does not read as fast as is written; there is an event `drain` when it does. */
  get isFull(): boolean {
    return this.#socket.writableNeedDrain;
  }

  write(bytes: Buffer): void {
    this.#parts.push(bytes);
    this.#size += bytes.length;
    if (this.#size >= MUCH) return this.flush();
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // Behind the answers of all methods that finish in this turn, promises included.
    process.nextTick(() => this.flush());
  }

  flush(): void {
    this.#isScheduled = false;
    const parts = this.#parts;
    if (parts.length === 0) return;
    const [first = Buffer.alloc(0)] = parts;
    const bytes = parts.length === 1 ? first : Buffer.concat(parts, this.#size);
    this.#parts = [];
    this.#size = 0;
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  /** Writes the rest, and says that nothing follows. */
  end(): void {
    this.flush();
    this.#socket.end();
  }
}

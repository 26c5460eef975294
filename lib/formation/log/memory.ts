/** The last output of each process type in memory: where no files are written, this is what can be read. */
import { rowsOf } from './piece.ts';
import type { Piece } from './piece.ts';

/** What a piece takes beside its bytes. */
const OVERHEAD = 256;

interface Kept {
  readonly pieces: Piece[];
  size: number;
}

/** A small part of what was read at once would hold all of that. */
const ownOf = (body: Buffer): Buffer => (body.buffer.byteLength > 2 * body.length + OVERHEAD ? Buffer.from(body) : body);

export class LogMemory {
  readonly #most: number;
  readonly #kept = new Map<string, Kept>();
  #size = 0;

  /** @param most bytes, of all types together */
  constructor(most: number) {
    this.#most = most;
  }

  add(piece: Piece): void {
    const kept = this.#of(piece.type);
    const size = piece.body.length + OVERHEAD;
    kept.pieces.push({ ...piece, body: ownOf(piece.body) });
    kept.size += size;
    this.#size += size;
    while (this.#size > this.#most) this.#forget();
  }

  /** The types that there is anything of. */
  get types(): readonly string[] {
    return [...this.#kept.keys()];
  }

  /** What is kept of a type, as rows. */
  rows(type: string): Buffer {
    const kept = this.#kept.get(type);
    return Buffer.from((kept?.pieces ?? []).map(rowsOf).join(''), 'latin1');
  }

  /** The oldest piece of the type that takes most: one that floods does not drive out the others. */
  #forget(): void {
    let most: Kept | undefined;
    for (const kept of this.#kept.values()) if (most === undefined || kept.size > most.size) most = kept;
    const piece = most?.pieces.shift();
    if (most === undefined || piece === undefined) return;
    const size = piece.body.length + OVERHEAD;
    most.size -= size;
    this.#size -= size;
  }

  #of(type: string): Kept {
    const known = this.#kept.get(type) ?? { pieces: [], size: 0 };
    this.#kept.set(type, known);
    return known;
  }
}

/** Which slot a key belongs to, by rendezvous hashing: when a slot leaves or comes, only its own keys move. Pure. */

/** FNV-1a over the UTF-16 units of a text. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    value = Math.imul(value ^ (unit & 0xff), 0x01000193);
    value = Math.imul(value ^ (unit >>> 8), 0x01000193);
  }
  return value;
}

/** The finalizer of MurmurHash3: every bit of the input changes half of the bits of the result. */
function mix(bits: number): number {
  let value = bits;
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/** The slot with the highest weight for `key`; the order of `slots` does not matter. `undefined` when there is none. */
export function homeOf(key: string, slots: Iterable<number>): number | undefined {
  const seed = hash(key);
  let best: number | undefined;
  let most = -1;
  for (const slot of slots) {
    const weight = mix(seed ^ mix(slot));
    if (weight < most || (weight === most && best !== undefined && best < slot)) continue;
    best = slot;
    most = weight;
  }
  return best;
}

/** The end of a text that has not come wholly: part of a character of UTF-8, or of a sequence that a terminal obeys. Shown now, it would be broken by who writes next. */

const ESCAPE = 0x1b;
/** A sequence that is longer is shown in parts: it may never end. */
const MOST = 64;

/** Bytes that a character of UTF-8 has, by its first one. */
const lengthBy = (first: number): number => (first >= 0xf0 && first <= 0xf4 ? 4 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xc2 && first < 0xe0 ? 2 : 1);

function unfinishedCharacter(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    return lengthBy(byte) > back ? back : 0;
  }
  return 0;
}

const [BEL, ST] = ['\u0007', '\u001B\\'];

/** What stands behind an escape, by ECMA-48: CSI goes to its final byte, OSC and its kin to BEL or ST, others to one more byte after those from 0x20 to 0x2f. */
function isUnfinished(sequence: string): boolean {
  if (/^[\]PX^_]/.test(sequence)) return !sequence.includes(BEL) && !sequence.includes(ST);
  return /^\[[ -?]*$/.test(sequence) || /^[ -/]*$/.test(sequence);
}

function unfinishedSequence(bytes: Uint8Array): number {
  const from = bytes.length - MOST;
  for (let at = bytes.length - 1; at >= 0 && at >= from; at--) {
    if (bytes[at] !== ESCAPE) continue;
    if (isUnfinished(String.fromCharCode(...bytes.subarray(at + 1)))) return bytes.length - at;
  }
  return 0;
}

/** How many bytes at the end are to be kept back until more comes. */
export function unfinishedAt(bytes: Uint8Array): number {
  return Math.max(unfinishedSequence(bytes), unfinishedCharacter(bytes));
}

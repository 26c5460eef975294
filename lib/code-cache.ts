/**
 * The compiled code of Brood's own bundles, kept from one start to the next: compiling them is a quarter of a start
 * (docs/decisions/0024). V8 checks that the code was made by this very V8 with these flags; that it was made from this
 * very file is checked here. What does not fit, or cannot be read or kept, is compiled as ever: nothing depends on it.
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';

/** When the code is kept, in milliseconds after it was loaded: what a start needs has run by then. A short command keeps it at its end. */
const KEEP_AFTER = 5000;
/** Bundles, times places of Brood, times versions of Node.js: of more than that the oldest are removed. */
const MOST_FILES = 64;
/** Digits of a hash. */
const HEX = 8;

const { arch, env, version } = process;
const me = process.getuid?.();
const loaded = new Map<string, unknown>();

/** Where users keep such things: XDG Base Directory Specification. None while coverage is taken, which kept code would make wrong. */
function cacheHome(): string | undefined {
  const { HOME, XDG_CACHE_HOME, NODE_DISABLE_COMPILE_CACHE, NODE_V8_COVERAGE } = env;
  if (me === undefined || NODE_DISABLE_COMPILE_CACHE === '1' || NODE_V8_COVERAGE) return undefined;
  if (XDG_CACHE_HOME && path.isAbsolute(XDG_CACHE_HOME)) return XDG_CACHE_HOME;
  return HOME && path.isAbsolute(HOME) ? path.join(HOME, '.cache') : undefined;
}

const FNV = 0x811c9dc5;

/** FNV-1a, as it is for bytes, and likewise of words; goes on from `hash`. Nothing else has to be loaded for it. */
function fnv(values: Uint8Array | Uint32Array, hash = FNV): number {
  for (const value of values) hash = Math.imul(hash ^ value, 0x01000193);
  return hash;
}

const hex = (hash: number): string => (hash >>> 0).toString(16).padStart(HEX, '0');

/** A short name for a place. Two places with the same name only take turns: the file says whose code it is. */
const shortName = (text: string): string => hex(fnv(Buffer.from(text)));

/** Which file the code was made from: another installation, another build and another Node.js have another one. */
const originOf = (file: string, { dev, ino, size, mtimeMs, ctimeMs }: fs.Stats): string =>
  `brood ${version} ${arch} ${dev}:${ino} ${size} ${mtimeMs} ${ctimeMs} ${file}\n`;

/** V8 does not look whether its code is whole, and dies of it where it is not. */
function checksum(code: Buffer): string {
  const { buffer, byteOffset, length } = code;
  const even = length & ~3;
  const words = new Uint32Array(buffer.slice(byteOffset, byteOffset + even));
  return hex(fnv(code.subarray(even), fnv(words, FNV ^ length)));
}

/** The code of that origin, whole. Undefined when there is none, and when someone else could have written it: it would run as ours. */
function keptCode(place: string, origin: string): Buffer | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = fs.openSync(place, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
    const { uid, mode } = fs.fstatSync(descriptor);
    if (uid !== me || (mode & 0o022) !== 0) return undefined;
    const content = fs.readFileSync(descriptor);
    const end = Buffer.byteLength(origin);
    const code = content.subarray(end + HEX);
    return content.toString('utf8', 0, end) === origin && content.toString('latin1', end, end + HEX) === checksum(code) ? code : undefined;
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor);
  }
}

function removeOldest(directory: string): void {
  const files = fs.readdirSync(directory).map(name => path.join(directory, name));
  if (files.length <= MOST_FILES) return;
  const aged = files.map(file => ({ file, at: fs.lstatSync(file).mtimeMs })).sort((a, b) => b.at - a.at);
  for (const { file } of aged.slice(MOST_FILES)) fs.unlinkSync(file);
}

function forget(part: string): void {
  try {
    fs.rmSync(part, { force: true });
  } catch {
    // Nothing can be removed there either.
  }
}

/** Whole or not at all: several processes write it, and others read it meanwhile. Nothing of ours in the home of another user (sudo). */
function keep(home: string, place: string, content: Buffer): void {
  const directory = path.dirname(place);
  const part = `${place}.${process.pid}`;
  try {
    if (fs.statSync(fs.existsSync(home) ? home : path.dirname(home)).uid !== me) return;
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    fs.writeFileSync(part, content, { mode: 0o600, flag: 'wx' });
    fs.renameSync(part, place);
    removeOldest(directory);
  } catch {
    // No room, or nothing can be written there: the next start compiles again.
    forget(part);
  }
}

/**
 * What the bundle `file` exports, an absolute path. A bundle beside it that it requires is loaded likewise. There must be no import()
 * in it: for kept code Node.js 20 does not know where it is to look.
 */
export function load(file: string): unknown {
  if (loaded.has(file)) return loaded.get(file);
  const require = createRequire(file);
  const home = cacheHome();
  if (home === undefined) return require(file);
  const origin = originOf(file, fs.statSync(file));
  const place = path.join(home, 'brood', `${path.basename(file, '.cjs')}-${shortName(version + file)}`);
  const cachedData = keptCode(place, origin);
  // The bundles are ASCII: nothing is decoded.
  const script = new vm.Script(`(function (exports, require, module, __filename, __dirname) {${fs.readFileSync(file, 'latin1')}\n})`, {
    filename: file,
    cachedData,
  });
  if (cachedData === undefined || script.cachedDataRejected === true) {
    let isKept = false;
    const once = (): void => {
      if (isKept) return;
      isKept = true;
      const code = script.createCachedData();
      keep(home, place, Buffer.concat([Buffer.from(origin + checksum(code)), code]));
    };
    process.once('exit', once);
    setTimeout(once, KEEP_AFTER).unref();
  }
  const module = { exports: {} as unknown };
  const beside = (id: string): unknown => (/^\.\/[\w-]+\.cjs$/.test(id) ? load(path.join(path.dirname(file), id)) : require(id));
  const run = script.runInThisContext() as (...given: readonly unknown[]) => void;
  run.call(module.exports, module.exports, Object.assign(beside, require), module, file, path.dirname(file));
  loaded.set(file, module.exports);
  return module.exports;
}
